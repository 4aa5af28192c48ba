// The operators are LibTorch's own, made for its compiler; they have no C++ names.
#include "saccade/op/one_dnn.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "saccade/core/cpu_isa.h"

namespace saccade {
namespace {

using at::IntArrayRef;
using at::Tensor;
using MaybeScalar = std::optional<at::Scalar>;
using MaybeText = std::optional<c10::string_view>;
using MaybeTensor = std::optional<Tensor>;

using Linear = Tensor(const Tensor&, const Tensor&, const MaybeTensor&, c10::string_view,
                      c10::List<MaybeScalar>, MaybeText);
using AddingLinear = Tensor(const Tensor&, const Tensor&, const Tensor&, const MaybeTensor&,
                            c10::string_view);
using Convolution = Tensor(const Tensor&, const Tensor&, const MaybeTensor&, IntArrayRef,
                           IntArrayRef, IntArrayRef, std::int64_t, c10::string_view,
                           c10::List<MaybeScalar>, MaybeText);
using AddingConvolution = Tensor&(Tensor&, const Tensor&, const Tensor&, const MaybeTensor&,
                                  IntArrayRef, IntArrayRef, IntArrayRef, std::int64_t,
                                  c10::string_view, MaybeScalar, MaybeText, c10::List<MaybeScalar>,
                                  MaybeText);

struct Operators {
  c10::TypedOperatorHandle<Linear> linear;
  c10::TypedOperatorHandle<AddingLinear> adding_linear;
  c10::TypedOperatorHandle<Convolution> convolution;
  c10::TypedOperatorHandle<AddingConvolution> adding_convolution;
};

template <typename Signature>
c10::TypedOperatorHandle<Signature> found(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

const Operators& operators() {
  static const Operators kAll{
      found<Linear>("mkldnn::_linear_pointwise", ""),
      found<AddingLinear>("mkldnn::_linear_pointwise", "binary"),
      found<Convolution>("mkldnn::_convolution_pointwise", ""),
      found<AddingConvolution>("mkldnn::_convolution_pointwise_", "binary")};
  return kAll;
}

bool is_wanted() {
  static const bool kWanted = [] {
    const char* const text = std::getenv("SACCADE_FUSED_LAYERS");
    return text == nullptr || std::string_view(text) != "off";
  }();
  return kWanted;
}

struct Sides {
  std::array<std::int64_t, 2> stride, padding, dilation;
  explicit Sides(const ConvolutionShape& s)
      : stride{s.stride, s.stride},
        padding{s.padding, s.padding},
        dilation{s.dilation, s.dilation} {}
};

// One after another.
Tensor plain_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         const ConvolutionShape& shape, bool relu, const Tensor& added) {
  Tensor y = at::conv2d(x, weight, bias, shape.stride, shape.padding, shape.dilation);
  if (added.defined()) y.add_(added);
  return relu ? y.relu_() : y;
}

Tensor convolution_of_one(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          const ConvolutionShape& shape, bool relu, const Tensor& added) {
  // A map of one cell does not show how it lies in memory, and LibTorch would take its channels to lie apart.
  if (x.size(2) * x.size(3) == 1)
    return plain_convolution(x, weight, bias.to(weight.scalar_type()), shape, relu, added);
  const Sides s(shape);
  const Tensor map = x.to(weight.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  const c10::List<MaybeScalar> none;
  if (!added.defined())
    return operators().convolution.call(map, weight, bias, s.padding, s.stride, s.dilation, 1,
                                        relu ? "relu" : "none", none, "");
  Tensor sum = added.to(weight.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  // LibTorch refuses another type here, though oneDNN would take it.
  return operators().adding_convolution.call(
      sum, map, weight, bias.to(weight.scalar_type()), s.padding, s.stride, s.dilation, 1, "add",
      MaybeScalar(1.0), relu ? MaybeText("relu") : std::nullopt, none, "");
}

}  // namespace

bool has_one_dnn() {
  static const bool kHas =
      c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""}).has_value();
  return kHas;
}

at::ScalarType fused_type() {
  return at::autocast::is_autocast_enabled(at::kCPU) ? at::autocast::get_autocast_dtype(at::kCPU)
                                                     : at::kFloat;
}

bool fuses_layers(const Tensor& x) {
  if (!x.device().is_cpu() || !c10::InferenceMode::is_enabled() || !is_wanted() || !has_one_dnn())
    return false;
  if (fused_type() == at::kFloat) return x.scalar_type() == at::kFloat;
  static const bool kHasBfloat16 = available_cpu_isas().back() == CpuIsa::kAvx512;
  return kHasBfloat16 && fused_type() == at::kBFloat16 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

Tensor one_dnn_linear(const Tensor& x, const Tensor& weight, const MaybeTensor& bias, bool relu) {
  return operators().linear.call(x.to(weight.scalar_type()), weight, bias, relu ? "relu" : "none",
                                 c10::List<MaybeScalar>(), "");
}

Tensor one_dnn_linear_add(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          const Tensor& added) {
  // LibTorch refuses a bias of another type here, though oneDNN would take it.
  const at::ScalarType type = weight.scalar_type();
  return operators().adding_linear.call(x.to(type), added, weight, bias.to(type), "add");
}

Tensor one_dnn_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           const ConvolutionShape& shape, bool relu, const Tensor& added) {
  if (x.size(0) == 1) return convolution_of_one(x, weight, bias, shape, relu, added);
  std::vector<Tensor> images;
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    const Tensor other = added.defined() ? added.narrow(0, i, 1) : Tensor();
    images.push_back(convolution_of_one(x.narrow(0, i, 1), weight, bias, shape, relu, other));
  }
  return at::cat(images);
}

}  // namespace saccade
