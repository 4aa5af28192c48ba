// Averages gradients over the ranks with c10d's Reducer, whose constructor is no stable interface:
// this is the only file that knows it (LibTorch 2.11).
#include "saccade/dist/gradient_reducer.h"

#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/dist/dist_gloo.h"

namespace saccade {
namespace {

constexpr std::size_t kFirstBucketBytes = c10d::kDefaultFirstBucketBytes;
constexpr std::size_t kBucketBytes = c10d::kDefaultBucketBytesCap;
constexpr int kNamesTold = 5;

}  // namespace

struct GradientReducer::Reducer {
  std::unique_ptr<c10d::Reducer> over_ranks;
};

GradientReducer::GradientReducer(ProcessGroup& group, std::vector<at::Tensor> parameters,
                                 std::vector<std::string> names, GradientReducerOptions options)
    : group_(group),
      parameters_(std::move(parameters)),
      names_(std::move(names)),
      options_(options) {
  if (parameters_.empty() || parameters_.size() != names_.size())
    throw Error(text_of("a gradient reducer was given ", parameters_.size(), " parameters and ",
                        names_.size(), " names"));
  if (group_.backend() == nullptr) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].device() != group_.device())
      throw Error(text_of(names_[i], " is on ", parameters_[i].device().str(),
                          ", the ranks exchange tensors of ", group_.device().str()));
  }
  check_same_model();
  group_.broadcast(parameters_);
  const std::vector<bool> none_is_sparse(parameters_.size(), false);
  auto buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(
      parameters_, {kFirstBucketBytes, kBucketBytes}, none_is_sparse));
  std::reverse(buckets.begin(), buckets.end());  // the last parameters get their gradients first
  std::unordered_map<std::size_t, std::string> name_of;
  for (std::size_t i = 0; i < names_.size(); ++i) name_of[i] = names_[i];
  reducer_ = std::make_unique<Reducer>();
  reducer_->over_ranks = std::make_unique<c10d::Reducer>(
      parameters_, std::move(buckets), group_.backend()->group, none_is_sparse,
      static_cast<std::int64_t>(kBucketBytes), options_.find_unused,
      /*gradient_as_bucket_view=*/false, std::move(name_of),
      static_cast<std::int64_t>(kFirstBucketBytes), /*skip_all_reduce_unused_params=*/false,
      /*use_python_reducer=*/false, std::vector<std::int64_t>{});
}

GradientReducer::~GradientReducer() = default;

void GradientReducer::check_same_model() {
  try {
    group_.run("the shapes of every rank's parameters", [this] {
      c10d::verify_params_across_processes(group_.backend()->group, parameters_, std::nullopt);
    });
  } catch (const c10::Error& error) {
    throw Error(text_of("the ranks hold different models (", first_line(error.what()),
                        "); start every rank with the same options and weights"));
  }
}

void GradientReducer::prepare_forward() {
  if (reducer_ && syncs_) reducer_->over_ranks->prepare_for_forward();
}

void GradientReducer::prepare_backward(const at::Tensor& loss) {
  if (!reducer_ || !syncs_) return;
  reducer_->over_ranks->prepare_for_backward(options_.find_unused ? std::vector<at::Tensor>{loss}
                                                                  : std::vector<at::Tensor>{});
}

// The first time, buckets are put in the order in which gradients came. Before that the reducer
// checks that every bucket has left, which would otherwise wait for the next step.
void GradientReducer::finish_backward() {
  if (!reducer_ || !syncs_) return;
  try {
    group_.run("the order of the gradients", [this] { reducer_->over_ranks->rebuild_buckets(); });
  } catch (const c10::Error&) {
    throw Error(
        text_of(names_without_gradient(),
                " got no gradient in this step: every trainable parameter must take part in the "
                "loss, or be frozen"));
  }
}

void GradientReducer::backward(const at::Tensor& loss) {
  if (!reducer_ || !syncs_) return loss.backward();
  group_.run("the gradients of all ranks", [&] {
    prepare_backward(loss);
    loss.backward();
    group_.meet();
  });
  finish_backward();
}

std::string GradientReducer::names_without_gradient() const {
  std::string text;
  int count = 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].grad().defined() || ++count > kNamesTold) continue;
    text += (text.empty() ? "" : ", ") + names_[i];
  }
  if (count > kNamesTold) text += text_of(" and ", count - kNamesTold, " more");
  return count == 0 ? "a parameter" : text;
}

}  // namespace saccade
