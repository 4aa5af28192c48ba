// ms_deform_attn: what it computes, at the edges too, on every instruction set of this processor.
#include "saccade/op/ms_deform_attn.h"

#include <gtest/gtest.h>

#include <limits>

#include "saccade/core/cpu_isa.h"
#include "saccade/op/ms_deform_attn_reference.h"

namespace saccade {
namespace {

at::Tensor shapes_of(std::initializer_list<std::int64_t> height_width) {
  return at::tensor(at::IntArrayRef(height_width.begin(), height_width.size()), at::kLong)
      .view({-1, 2});
}

const at::Tensor& two_levels() {
  static const at::Tensor shapes = shapes_of({4, 6, 2, 3});  // 24 + 6 tokens
  return shapes;
}

struct Inputs {
  at::Tensor value, shapes, locations, weights;

  at::Tensor run() const { return ms_deform_attn(value, shapes, locations, weights); }
  at::Tensor reference() const {
    return ms_deform_attn_reference(value, shapes, locations, weights);
  }
};

// Samples lie inside and up to a fifth of the map outside.
Inputs random_inputs(const at::Tensor& shapes, std::int64_t batch, std::int64_t queries,
                     std::int64_t heads, std::int64_t channels, std::int64_t points,
                     at::ScalarType type = at::kFloat) {
  const auto tokens = shapes.prod(1).sum().item<std::int64_t>();
  const auto levels = shapes.size(0);
  return {at::randn({batch, tokens, heads, channels}, type), shapes,
          at::rand({batch, queries, heads, levels, points, 2}, type) * 1.4 - 0.2,
          at::rand({batch, queries, heads, levels, points}, type)};
}

// One level of a 1-channel head and one sample in it.
double sample(const at::Tensor& map, double x, double y) {
  const Inputs in{map.view({1, -1, 1, 1}), shapes_of({map.size(0), map.size(1)}),
                  at::tensor({x, y}, map.scalar_type()).view({1, 1, 1, 1, 1, 2}),
                  at::ones({1, 1, 1, 1, 1}, map.scalar_type())};
  return in.run().item<double>();
}

// References and offsets whose sums are the locations; offsets lie between other numbers, as a wider product leaves them.
struct Shifted {
  at::Tensor references, offsets, locations;
};

Shifted random_shifts(const at::Tensor& shapes, std::int64_t batch, std::int64_t queries,
                      std::int64_t heads, std::int64_t points) {
  const auto levels = shapes.size(0), width = heads * levels * points * 2;
  Shifted s{.references = at::rand({batch, queries, levels, 2})};
  s.offsets = (at::randn({batch, queries, width + 5}) * 2)
                  .narrow(-1, 3, width)
                  .view({batch, queries, heads, levels, points, 2});
  const at::Tensor cells = shapes.flip(1).view({1, 1, 1, -1, 1, 2});
  s.locations = s.references.unsqueeze(2).unsqueeze(4) + s.offsets / cells;
  return s;
}

// Repeats a test on each instruction set and puts the choice back.
class MsDeformAttnOn : public testing::TestWithParam<CpuIsa> {
 protected:
  void SetUp() override {
    chosen_ = cpu_isa();
    set_cpu_isa(GetParam());
    at::manual_seed(7);
  }
  void TearDown() override { set_cpu_isa(chosen_); }

 private:
  CpuIsa chosen_ = CpuIsa::kGeneric;
};

INSTANTIATE_TEST_SUITE_P(Cpu, MsDeformAttnOn, testing::ValuesIn(available_cpu_isas()),
                         [](const auto& info) { return name_of(info.param); });

TEST(MsDeformAttn, SampleAtCellCentreReturnsTheCell) {
  auto value = at::zeros({1, 30, 1, 1});
  value[0][8] = 5.0;  // level 0, row 1, column 2
  const auto locations =
      at::tensor({2.5 / 6, 1.5 / 4, 0.5, 0.5}, at::kFloat).view({1, 1, 1, 2, 1, 2});
  const auto weights = at::tensor({1.0, 0.0}, at::kFloat).view({1, 1, 1, 2, 1});

  const auto out = ms_deform_attn(value, two_levels(), locations, weights);

  EXPECT_NEAR(out.item<double>(), 5.0, 1e-6);
}

TEST(MsDeformAttn, SampleBetweenFourCellsWeighsThemBilinearly) {
  const auto map = at::tensor({1.0, 2.0, 10.0, 20.0}, at::kDouble).view({2, 2});
  // A quarter of a cell right of and three quarters below the first centre:
  // 0.25 * (0.75 * 1 + 0.25 * 2) + 0.75 * (0.75 * 10 + 0.25 * 20) = 9.6875.
  EXPECT_NEAR(sample(map, 0.75 / 2, 1.25 / 2), 9.6875, 1e-12);
}

TEST(MsDeformAttn, FadesToZeroOverHalfACellOutsideTheEdge) {
  const auto map = at::full({4, 8}, 3.0, at::kDouble);
  EXPECT_NEAR(sample(map, 0.0, 0.5), 1.5, 1e-12);  // half of the weight lies on padding
  EXPECT_NEAR(sample(map, 1.0, 0.5), 1.5, 1e-12);
  EXPECT_NEAR(sample(map, 0.0, 0.0), 0.75, 1e-12);
  EXPECT_EQ(sample(map, -0.5 / 8, 0.5), 0.0);  // a whole cell left of the first centre
  EXPECT_EQ(sample(map, 1.0 + 0.5 / 8, 0.5), 0.0);
  EXPECT_EQ(sample(map, 0.5, -1e4), 0.0);
  EXPECT_EQ(sample(map, 1e30, 0.5), 0.0);
}

TEST_P(MsDeformAttnOn, SamplesThatAreNotNumbersCountForNothing) {
  auto in = random_inputs(two_levels(), 1, 3, 2, 32, 4);
  auto without = in;
  without.weights = in.weights.clone();
  in.locations = in.locations.clone();
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), -1e38}) {
    in.locations.index_put_(
        {at::tensor(0), at::tensor(1), at::tensor(1), at::tensor(0), at::tensor(2), at::tensor(0)},
        at::scalar_tensor(bad));
    without.weights[0][1][1][0][2] = 0.0;
    EXPECT_TRUE(at::equal(in.run(), without.run())) << bad;
  }
}

TEST_P(MsDeformAttnOn, NothingLeaksInFromBeyondTheEdge) {
  auto in = random_inputs(two_levels(), 1, 4, 2, 32, 4);
  in.locations = in.locations * 0.0 - 0.01;  // the upper left corners of both levels
  in.value.slice(1, 1, 24) = std::numeric_limits<float>::infinity();
  in.value.slice(1, 25, 30) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(in.run().isfinite().all().item<bool>());
}

TEST_P(MsDeformAttnOn, MatchesTheReferenceForEverySize) {
  struct Case {
    at::Tensor shapes;
    std::int64_t batch, queries, heads, channels, points;
  };
  const auto one_cell = shapes_of({1, 1});
  const auto thin = shapes_of({1, 9, 8, 1, 1, 1});
  const std::vector<Case> cases{{two_levels(), 2, 5, 8, 16, 4},  {two_levels(), 1, 30, 8, 32, 4},
                                {two_levels(), 3, 9, 2, 48, 1},  {two_levels(), 1, 3, 1, 64, 8},
                                {two_levels(), 1, 30, 1, 24, 5}, {two_levels(), 2, 4, 3, 7, 3},
                                {two_levels(), 1, 3, 1, 112, 9}, {two_levels(), 1, 2, 2, 600, 2},
                                {one_cell, 2, 1, 4, 32, 4},      {thin, 1, 18, 2, 8, 4},
                                {thin, 65, 2, 1, 32, 2},         {two_levels(), 1, 4, 2, 32, 70}};
  for (const Case& c : cases) {
    const auto in = random_inputs(c.shapes, c.batch, c.queries, c.heads, c.channels, c.points);
    const auto out = in.run();
    const auto expected = in.reference();
    ASSERT_EQ(out.sizes(), expected.sizes());
    EXPECT_TRUE(at::allclose(out, expected, 1e-4, 2e-5))
        << in.value.sizes() << in.locations.sizes() << ": " << (out - expected).abs().max();
  }
}

TEST_P(MsDeformAttnOn, AgreesWithDoubleToFloatPrecision) {
  const auto in = random_inputs(shapes_of({20, 30, 10, 15, 5, 8, 3, 4}), 2, 802, 8, 32, 4);
  const Inputs exact{in.value.to(at::kDouble), in.shapes, in.locations.to(at::kDouble),
                     in.weights.to(at::kDouble)};
  const auto expected = exact.run();
  EXPECT_LT((in.run() - expected).abs().max().item<double>(),
            1e-5 * expected.abs().max().item<double>());
}

TEST_P(MsDeformAttnOn, IsLinearInValueAndInWeights) {
  const auto a = random_inputs(two_levels(), 1, 6, 2, 32, 4);
  auto b = a;
  b.value = at::randn_like(a.value);
  auto sum = a;
  sum.value = a.value + 2 * b.value;
  EXPECT_TRUE(at::allclose(sum.run(), a.run() + 2 * b.run(), 1e-4, 1e-5));
  b = a;
  b.weights = at::randn_like(a.weights);
  sum = a;
  sum.weights = a.weights - 3 * b.weights;
  EXPECT_TRUE(at::allclose(sum.run(), a.run() - 3 * b.run(), 1e-4, 1e-5));
}

TEST_P(MsDeformAttnOn, ImagesOfABatchDoNotKnowOfEachOther) {
  const auto in = random_inputs(two_levels(), 65, 3, 2, 32, 4);
  const auto out = in.run();
  for (const std::int64_t n : {0, 1, 64}) {
    const Inputs one{in.value.narrow(0, n, 1), in.shapes, in.locations.narrow(0, n, 1),
                     in.weights.narrow(0, n, 1)};
    EXPECT_TRUE(at::equal(one.run(), out.narrow(0, n, 1))) << n;
  }
}

TEST_P(MsDeformAttnOn, TakesViewsAsTheyCome) {
  const auto in = random_inputs(two_levels(), 2, 6, 4, 32, 4);
  const Inputs views{
      in.value.transpose(1, 2).contiguous().transpose(1, 2), in.shapes,
      in.locations.flip(1).contiguous().flip(1).transpose(2, 3).contiguous().transpose(2, 3),
      in.weights.transpose(1, 4).contiguous().transpose(1, 4)};
  ASSERT_FALSE(views.value.is_contiguous());
  EXPECT_TRUE(at::equal(views.run(), in.run()));
}

TEST_P(MsDeformAttnOn, NoQueriesGiveAnEmptyResult) {
  const auto in = random_inputs(two_levels(), 2, 0, 4, 8, 4);
  EXPECT_EQ(in.run().sizes(), at::IntArrayRef({2, 0, 32}));
}

TEST_P(MsDeformAttnOn, Bfloat16StaysWithinAHundredth) {
  const auto in = random_inputs(two_levels(), 1, 30, 2, 32, 4);
  const auto bf16 = [](const at::Tensor& t) { return t.to(at::kBFloat16); };
  const Inputs low{bf16(in.value), in.shapes, in.locations, bf16(in.weights)};  // float32 locations
  const auto out = low.run();
  const auto expected = in.reference();
  EXPECT_EQ(out.scalar_type(), at::kBFloat16);
  EXPECT_LT((out.to(at::kFloat) - expected).abs().max().item<double>(),
            1e-2 * expected.abs().max().item<double>());
}

TEST_P(MsDeformAttnOn, GivesTheSameBitsForEveryNumberOfThreads) {
  const auto in = random_inputs(shapes_of({20, 30, 10, 15}), 2, 750, 4, 32, 4);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto out = in.run();
  for (const int count : {2, 3, 19}) {  // 19: more than there are heads
    at::set_num_threads(count);
    EXPECT_TRUE(at::equal(in.run(), out)) << count;
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(in.run(), out));
}

TEST(MsDeformAttn, KnowsItsShapeWithoutComputing) {
  const auto meta = at::TensorOptions().device(at::kMeta);
  const auto out =
      ms_deform_attn(at::empty({2, 30, 4, 8}, meta), two_levels(),
                     at::empty({2, 5, 4, 2, 3, 2}, meta), at::empty({2, 5, 4, 2, 3}, meta));
  EXPECT_TRUE(out.is_meta());
  EXPECT_EQ(out.sizes(), at::IntArrayRef({2, 5, 32}));
}

// ---- wrong calls ----

void expect_refused(const Inputs& in, const std::string& name) {
  try {
    in.run();
    ADD_FAILURE() << name << " was accepted";
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    EXPECT_EQ(text.rfind("ms_deform_attn: " + name + " ", 0), 0u) << text;
  }
}

TEST(MsDeformAttn, WrongShapesNameTheArgument) {
  const auto good = random_inputs(two_levels(), 2, 5, 4, 8, 3);
  auto in = good;
  in.value = good.value[0];
  expect_refused(in, "value");
  in = good;
  in.shapes = shapes_of({4, 6});
  expect_refused(in, "sampling_locations");
  in.shapes = shapes_of({4, 6, 2, 4});
  expect_refused(in, "spatial_shapes");
  in.shapes = shapes_of({4, 6, 2, 2});
  expect_refused(in, "spatial_shapes");
  in.shapes = shapes_of({-4, -6, 2, 3});
  expect_refused(in, "spatial_shapes");
  in.shapes = shapes_of({4, 6, std::int64_t{1} << 62, 8});  // would wrap around to a small product
  expect_refused(in, "spatial_shapes");
  in.shapes = two_levels().to(at::kInt);
  expect_refused(in, "spatial_shapes");
  in = good;
  in.locations = good.locations.narrow(0, 0, 1);
  expect_refused(in, "sampling_locations");
  in.locations = good.locations.narrow(2, 0, 3);
  expect_refused(in, "sampling_locations");
  in.locations = good.locations.narrow(4, 0, 0);
  expect_refused(in, "sampling_locations");
  in.locations = good.locations.narrow(5, 0, 1);
  expect_refused(in, "sampling_locations");
  in = good;
  in.weights = good.weights.narrow(1, 0, 4);
  expect_refused(in, "attention_weights");
}

TEST(MsDeformAttn, WrongTypesNameTheArgument) {
  const auto good = random_inputs(two_levels(), 1, 5, 4, 8, 3);
  auto in = good;
  in.value = good.value.to(at::kInt);
  expect_refused(in, "value");
  in = good;
  in.locations = good.locations.to(at::kDouble);
  expect_refused(in, "sampling_locations");
  in = good;
  in.weights = good.weights.to(at::kBFloat16);
  expect_refused(in, "attention_weights");
}

TEST_P(MsDeformAttnOn, LocationsNeedNotBeWrittenDown) {
  for (const std::int64_t points : {3, 4, 6, 8})
    for (const std::int64_t queries : {30, 5, 0}) {  // 30: the cells of the maps
      const Inputs in = random_inputs(two_levels(), 2, queries, 4, 32, points);
      const Shifted s = random_shifts(two_levels(), 2, queries, 4, points);
      for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
        const at::Tensor value = in.value.to(type);
        const at::Tensor sums = ms_deform_attn(value, in.shapes, s.locations, in.weights);
        EXPECT_TRUE(at::equal(
            sums, ms_deform_attn_shifted(value, in.shapes, s.references, s.offsets, in.weights)));
      }
    }
}

TEST_P(MsDeformAttnOn, OffsetsOfBfloat16AreWidened) {
  for (const std::int64_t points : {3, 4, 8}) {
    const Inputs in = random_inputs(two_levels(), 2, 30, 4, 32, points);
    const Shifted s = random_shifts(two_levels(), 2, 30, 4, points);
    const at::Tensor rounded = s.offsets.to(at::kBFloat16), value = in.value.to(at::kBFloat16);
    const at::Tensor of_floats =
        ms_deform_attn_shifted(value, in.shapes, s.references, rounded.to(at::kFloat), in.weights);
    EXPECT_TRUE(at::equal(
        of_floats, ms_deform_attn_shifted(value, in.shapes, s.references, rounded, in.weights)));
    EXPECT_FALSE(at::equal(
        of_floats, ms_deform_attn_shifted(value, in.shapes, s.references, s.offsets, in.weights)));
  }
}

TEST(MsDeformAttnShifted, SaysWhatDoesNotFit) {
  const Inputs in = random_inputs(two_levels(), 2, 5, 4, 32, 3);
  const Shifted s = random_shifts(two_levels(), 2, 5, 4, 3);
  const auto refuses = [&](const at::Tensor& value, const at::Tensor& references,
                           const at::Tensor& offsets, const char* words) {
    try {
      ms_deform_attn_shifted(value, in.shapes, references, offsets, in.weights);
      ADD_FAILURE() << words;
    } catch (const c10::Error& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  refuses(in.value, s.references.narrow(2, 0, 1), s.offsets, "reference_points");
  refuses(in.value, at::rand({2, 5, 2, 4}), s.offsets, "reference_points");
  refuses(in.value, s.references, s.offsets.transpose(3, 4).contiguous().transpose(3, 4),
          "strides");
  refuses(in.value.to(at::kDouble), s.references, s.offsets, "Double");
  refuses(at::Tensor(in.value).requires_grad_(), s.references, s.offsets, "no gradient");
}

}  // namespace
}  // namespace saccade
