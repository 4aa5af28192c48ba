// From tensors to the CUDA kernels' pointers.
#include "saccade/op/cuda/ms_deform_attn_tensors.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "saccade/op/cuda/ms_deform_attn_launch.h"

namespace saccade::cuda {
namespace {

constexpr std::uintptr_t kAlignment = 16;  // of the rows that kernels load whole

// Contiguous, of this type, and where 16-byte loads may start.
at::Tensor ready(const at::Tensor& tensor, at::ScalarType type) {
  const at::Tensor plain = tensor.to(type).contiguous();
  const bool aligned = reinterpret_cast<std::uintptr_t>(plain.const_data_ptr()) % kAlignment == 0;
  return aligned ? plain : plain.clone();
}

at::ScalarType type_of_sums(at::ScalarType type) {
  return type == at::kDouble ? at::kDouble : at::kFloat;
}

int checked_int(const char* what, std::int64_t size) {
  TORCH_CHECK(size <= std::numeric_limits<int>::max(), "ms_deform_attn: ", size, " ", what,
              "; the CUDA kernels count to ", std::numeric_limits<int>::max());
  return static_cast<int>(size);
}

// Whether queries are the tokens in their order is not told; as many of them are taken for it. The order of the work has
// no effect on the result.
Sizes sizes_of(const at::Tensor& value, const at::Tensor& shapes, at::IntArrayRef samples) {
  Sizes s;
  s.batch = value.size(0);
  s.tokens = checked_int("tokens", value.size(1));
  s.heads = checked_int("heads", value.size(2));
  s.channels = checked_int("channels", value.size(3));
  s.queries = checked_int("queries", samples[1]);
  s.num_levels = checked_int("levels", samples[3]);
  s.points = checked_int("points", samples[4]);
  checked_int("samples per head", samples[3] * samples[4]);
  TORCH_CHECK(s.num_levels <= kMaxLevels, "ms_deform_attn: ", s.num_levels,
              " levels; the CUDA kernels take up to ", kMaxLevels);
  s.is_map = s.queries == s.tokens;
  const auto cells = shapes.accessor<std::int64_t, 2>();
  int start = 0;
  for (int l = 0; l < s.num_levels; ++l) {
    s.levels[l] = {static_cast<int>(cells[l][0]), static_cast<int>(cells[l][1]), start};
    start += s.levels[l].height * s.levels[l].width;
  }
  return s;
}

// Calls `use` with a null pointer to the kernels' name of this type.
template <typename Use>
void with_type(at::ScalarType type, const Use& use) {
  switch (type) {
    case at::kFloat:
      return use(static_cast<float*>(nullptr));
    case at::kDouble:
      return use(static_cast<double*>(nullptr));
    case at::kHalf:
      return use(static_cast<Half*>(nullptr));
    case at::kBFloat16:
      return use(static_cast<BFloat16*>(nullptr));
    default:
      TORCH_CHECK(false, "ms_deform_attn: no CUDA kernel for ", type);
  }
}

template <typename T>
const T* read(const at::Tensor& tensor) {
  return static_cast<const T*>(tensor.const_data_ptr());
}
template <typename T>
T* write(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.mutable_data_ptr());
}

// What backward works on, of the kernels' types.
struct BackwardInputs {
  at::Tensor grad_out, value, locations, weights;
  Sizes sizes;

  at::ScalarType type() const { return value.scalar_type(); }
  at::ScalarType sums() const { return type_of_sums(type()); }
  template <typename T>
  GivenSamples<Compute<T>> samples() const {
    return {read<Compute<T>>(locations), read<Compute<T>>(weights)};
  }
};

// Largest |sum| that a cell's gradient can come to, on the device: never waited for.
at::Tensor bound_of_sums(const BackwardInputs& in) {
  const double samples = static_cast<double>(in.sizes.queries) * in.sizes.samples();
  return in.weights.abs().amax().to(at::kDouble) * in.grad_out.abs().amax().to(at::kDouble) *
         samples;
}

// In fixed point with 62 bits below the bound. Where that is 0 there is nothing to add, where it is not finite neither
// is the gradient.
at::Tensor exact_value_gradient(const BackwardInputs& in, void* stream) {
  constexpr double kSteps = 0x1p62;
  const at::Tensor bound = bound_of_sums(in);
  const at::Tensor scale = at::where(bound > 0, kSteps / bound, 0).nan_to_num(0, 0, 0);
  const at::Tensor sums = at::zeros(in.value.sizes(), in.value.options().dtype(at::kLong));
  with_type(in.type(), [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    start_exact_value_gradient<T>({.sizes = in.sizes,
                                   .samples = in.samples<T>(),
                                   .grad_out = read<T>(in.grad_out),
                                   .scale = read<double>(scale),
                                   .sums = write<unsigned long long>(sums)},
                                  stream);
  });
  const at::Tensor step = at::where(bound.isfinite(), bound / kSteps, std::nan(""));
  return (sums.to(at::kDouble) * step).to(in.type());
}

// `room` is memory that nothing reads yet: for half types, the sums may lie there.
at::Tensor value_gradient(const BackwardInputs& in, const at::Tensor& room, void* stream) {
  const bool lends =
      in.sums() != in.type() && room.scalar_type() == in.sums() && room.numel() >= in.value.numel();
  const at::Tensor sums =
      lends ? room.view(-1).narrow(0, 0, in.value.numel()).view(in.value.sizes()).zero_()
            : at::zeros(in.value.sizes(), in.value.options().dtype(in.sums()));
  with_type(in.type(), [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    start_value_gradient<T>({.sizes = in.sizes,
                             .samples = in.samples<T>(),
                             .grad_out = read<T>(in.grad_out),
                             .sums = write<Compute<T>>(sums)},
                            stream);
  });
  return sums.to(in.type());
}

}  // namespace

at::Tensor ms_deform_attn(const at::Tensor& given_value, const at::Tensor& spatial_shapes,
                          const at::Tensor& sampling_locations, const at::Tensor& attention_weights,
                          void* stream) {
  const auto type = given_value.scalar_type();
  const at::Tensor value = ready(given_value, type);
  const at::Tensor locations = ready(sampling_locations, type_of_sums(type));
  const at::Tensor weights = ready(attention_weights, type_of_sums(type));
  const Sizes sizes = sizes_of(value, spatial_shapes, weights.sizes());
  const at::Tensor out =
      at::empty({value.size(0), weights.size(1), value.size(2) * value.size(3)}, value.options());
  with_type(type, [&](auto* pointer) {
    using T = std::remove_pointer_t<decltype(pointer)>;
    using C = Compute<T>;
    start_forward<T>({.sizes = sizes,
                      .samples = {read<C>(locations), read<C>(weights)},
                      .value = read<T>(value),
                      .out = write<T>(out)},
                     stream);
  });
  return out;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> ms_deform_attn_backward(
    const at::Tensor& grad_out, const at::Tensor& value, const at::Tensor& spatial_shapes,
    const at::Tensor& sampling_locations, const at::Tensor& attention_weights, bool deterministic,
    void* stream) {
  const auto type = value.scalar_type();
  BackwardInputs in{.grad_out = ready(grad_out, type),
                    .value = ready(value, type),
                    .locations = ready(sampling_locations, type_of_sums(type)),
                    .weights = ready(attention_weights, type_of_sums(type))};
  in.sizes = sizes_of(in.value, spatial_shapes, in.weights.sizes());
  if (in.weights.numel() == 0 || in.value.numel() == 0) {
    return {at::zeros_like(in.value), at::zeros_like(sampling_locations),
            at::zeros_like(attention_weights)};
  }
  const at::Tensor grad_locations = at::empty_like(in.locations);
  const at::Tensor grad_weights = at::empty_like(in.weights);
  const at::Tensor grad_value =
      deterministic ? exact_value_gradient(in, stream) : value_gradient(in, grad_locations, stream);
  with_type(type, [&](auto* pointer) {
    using T = std::remove_pointer_t<decltype(pointer)>;
    start_sample_gradients<T>({.sizes = in.sizes,
                               .samples = in.samples<T>(),
                               .value = read<T>(in.value),
                               .grad_out = read<T>(in.grad_out),
                               .grad_locations = write<Compute<T>>(grad_locations),
                               .grad_weights = write<Compute<T>>(grad_weights)},
                              stream);
  });
  return {grad_value, grad_locations.to(sampling_locations.scalar_type()),
          grad_weights.to(attention_weights.scalar_type())};
}

at::Tensor ms_deform_attn_predicted(const at::Tensor& given_value, const at::Tensor& spatial_shapes,
                                    const at::Tensor& reference_points, const at::Tensor& offsets,
                                    const at::Tensor& logits, void* stream) {
  const auto type = given_value.scalar_type();
  const at::Tensor value = ready(given_value, type);
  const at::Tensor shifts = ready(offsets, type), scores = ready(logits, type);
  const at::Tensor references = ready(reference_points, at::kFloat);
  const Sizes sizes = sizes_of(value, spatial_shapes, scores.sizes());
  const at::Tensor out =
      at::empty({value.size(0), scores.size(1), value.size(2) * value.size(3)}, value.options());
  const auto run = [&](auto* pointer) {
    using T = std::remove_pointer_t<decltype(pointer)>;
    start_predicted_forward<T>(
        {.sizes = sizes,
         .samples = {read<T>(shifts), read<T>(scores), read<float>(references),
                     static_cast<int>(references.size(3))},
         .value = read<T>(value),
         .out = write<T>(out)},
        stream);
  };
  TORCH_CHECK(type != at::kDouble, "ms_deform_attn: predicted samples have no kernel for Double");
  with_type(type, [&](auto* pointer) {
    if constexpr (!std::is_same_v<decltype(pointer), double*>) run(pointer);
  });
  return out;
}

}  // namespace saccade::cuda
