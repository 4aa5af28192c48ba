// Compares tensors with those of a golden file.
#include "tests/parity/golden_check.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

at::Tensor as_double(const at::Tensor& t) { return t.detach().to(at::kDouble).contiguous(); }

double largest_of(const at::Tensor& t) { return t.numel() == 0 ? 0 : t.abs().max().item<double>(); }

struct Rows {
  explicit Rows(const at::Tensor& s, const at::Tensor& l, const at::Tensor& b)
      : scores(as_double(s)), labels(l.contiguous()), boxes(as_double(b)) {}
  std::int64_t size() const { return scores.size(0); }
  double score(std::int64_t i) const { return scores.const_data_ptr<double>()[i]; }
  std::int64_t label(std::int64_t i) const { return labels.const_data_ptr<std::int64_t>()[i]; }
  at::Tensor scores, labels, boxes;
};

struct Slack {
  double score, box;
};

bool same_row(const Rows& a, std::int64_t i, const Rows& b, std::int64_t j, const Slack& slack) {
  return a.label(i) == b.label(j) && std::abs(a.score(i) - b.score(j)) <= slack.score &&
         largest_of(a.boxes[i] - b.boxes[j]) <= slack.box;
}

// Expected rows that no row of ours stands for; each of ours stands for one at most.
std::vector<std::int64_t> unmatched(const Rows& expected, const Rows& ours, const Slack& slack) {
  std::vector<bool> used(static_cast<std::size_t>(ours.size()));
  std::vector<std::int64_t> left;
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    std::int64_t j = 0;
    while (j < ours.size() && (used[j] || !same_row(expected, i, ours, j, slack))) ++j;
    if (j == ours.size()) {
      left.push_back(i);
    } else {
      used[j] = true;
    }
  }
  return left;
}

}  // namespace

GoldenCheck::GoldenCheck(const Tensors& golden, Tolerance tolerance)
    : golden_(golden), tolerance_(std::move(tolerance)) {}

double GoldenCheck::note(const std::string& key, double difference, double tolerance) {
  compared_.insert(key);
  const double share = difference / tolerance;
  if (!(share <= worst_)) {
    worst_ = share;
    worst_key_ = key;
  }
  return share;
}

void GoldenCheck::close(const std::string& key, const at::Tensor& ours, const at::Tensor& valid) {
  if (!has(key)) return;
  ASSERT_EQ(ours.sizes(), at(key).sizes()) << key;
  at::Tensor got = as_double(ours);
  at::Tensor want = as_double(at(key));
  if (valid.defined()) {
    const at::Tensor padding = valid.logical_not();
    got = got.masked_fill(padding, 0);
    want = want.masked_fill(padding, 0);
  }
  const at::Tensor infinite = want.isinf();
  ASSERT_TRUE(infinite.equal(got.isinf())) << key << ": infinite elsewhere";
  ASSERT_TRUE(got.masked_select(infinite).equal(want.masked_select(infinite))) << key;
  got = got.masked_fill(infinite, 0);
  want = want.masked_fill(infinite, 0);
  const double largest = largest_of(want);
  const double tolerance = tolerance_(key, largest);
  const double difference = largest_of(got - want);
  EXPECT_LE(note(key, difference, tolerance), 1)
      << key << " differs by " << difference << ", allowed " << tolerance << "; largest entry "
      << largest;
}

void GoldenCheck::equal(const std::string& key, const at::Tensor& ours) {
  if (!has(key)) return;
  compared_.insert(key);
  ASSERT_EQ(ours.sizes(), at(key).sizes()) << key;
  EXPECT_TRUE(ours.to(at(key).scalar_type()).equal(at(key))) << key;
}

void GoldenCheck::rows(const std::string& prefix, ModelFamily family, const ImageResults& ours) {
  const std::string keys[] = {prefix + "scores", prefix + "labels", prefix + "boxes"};
  for (const auto& key : keys) {
    if (!has(key)) return;
  }
  const Rows expected(at(keys[0]), at(keys[1]), at(keys[2]));
  const Rows got(ours.scores, ours.labels, ours.boxes);
  ASSERT_EQ(got.size(), expected.size()) << prefix;
  const Slack slack{tolerance_(keys[0], largest_of(expected.scores)),
                    tolerance_(keys[2], largest_of(expected.boxes))};
  note(keys[0], largest_of(got.scores - expected.scores), slack.score);
  EXPECT_LE(largest_of(got.scores - expected.scores), slack.score) << keys[0];
  compared_.insert({keys[1], keys[2]});
  if (family == ModelFamily::kDetr) {
    EXPECT_TRUE(got.labels.equal(expected.labels)) << keys[1];
    const double difference = largest_of(got.boxes - expected.boxes);
    EXPECT_LE(note(keys[2], difference, slack.box), 1) << keys[2] << " differ by " << difference;
    return;
  }
  const double last = got.score(got.size() - 1);
  for (const std::int64_t i : unmatched(expected, got, slack)) {
    EXPECT_LE(expected.score(i), last + slack.score)
        << prefix << " row " << i << ": label " << expected.label(i) << " is not among ours";
  }
}

}  // namespace saccade
