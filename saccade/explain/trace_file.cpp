// A trace as named arrays, and as a file of them.
#include "saccade/explain/trace_file.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/json_writer.h"

namespace saccade {
namespace {

bool has(const std::vector<int>& layers, int layer) {
  return std::find(layers.begin(), layers.end(), layer) != layers.end();
}

std::string levels_json(const std::vector<LevelShape>& levels) {
  JsonWriter json;
  json.begin_array();
  for (const LevelShape& level : levels)
    json.begin_array().value(level.height).value(level.width).end_array();
  return json.end_array().text();
}

class Collector {
 public:
  Collector(const Trace& trace, const TraceFileOptions& options)
      : trace_(trace), options_(options) {}

  void add(const std::string& name, const at::Tensor& tensor) {
    tensors_.emplace_back(name, tensor.detach().cpu().contiguous());
  }

  void add_points(const std::string& module, const PointTrace& layer) {
    if (!has(options_.layers, layer.layer)) return;
    const std::string prefix = module + "." + std::to_string(layer.layer) + ".";
    add(prefix + "sampling_locations", layer.sampling_locations);
    add(prefix + "sampling_points_px",
        points_in_pixels(layer.sampling_locations, trace_.valid_ratios, options_.image_width,
                         options_.image_height)
            .to(at::kFloat));
    add(prefix + "attention_weights", layer.attention_weights);
    add(prefix + "reference_points",
        unpadded_references(layer.reference_points, trace_.valid_ratios));
  }

  void add_dense(const std::string& module, const std::string& what, const DenseTrace& layer,
                 bool as_map) {
    if (!has(options_.layers, layer.layer)) return;
    const auto& level = trace_.levels[0];
    const auto& w = layer.weights;
    const std::string name = module + "." + std::to_string(layer.layer) + "." + what;
    add(name, as_map ? w.view({w.size(0), w.size(1), level.height, level.width}) : w);
  }

  NamedTensors take() { return std::move(tensors_); }

 private:
  const Trace& trace_;
  const TraceFileOptions& options_;
  NamedTensors tensors_;
};

}  // namespace

at::Tensor unpadded_references(const at::Tensor& reference_points, const at::Tensor& valid_ratios) {
  at::Tensor ratio = valid_ratios[0].to(reference_points.scalar_type());
  if (reference_points.size(-1) == 4) ratio = at::cat({ratio, ratio});
  return reference_points.select(1, 0) / ratio;
}

NamedTensors trace_tensors(const Trace& trace, const ModelOutput& output,
                           const TraceFileOptions& options) {
  Collector tensors(trace, options);
  if (options.encoder) {
    for (const PointTrace& layer : trace.encoder) tensors.add_points("encoder", layer);
    for (const DenseTrace& layer : trace.encoder_dense)
      tensors.add_dense("encoder", "self_attention", layer, true);
  } else {
    for (const PointTrace& layer : trace.decoder) tensors.add_points("decoder", layer);
    for (const DenseTrace& layer : trace.decoder_dense)
      tensors.add_dense("decoder", "cross_attention", layer, true);
    for (const DenseTrace& layer : trace.decoder_self)
      tensors.add_dense("decoder", "self_attention", layer, false);
  }
  tensors.add("logits", output.pred_logits.select(1, 0));
  tensors.add("boxes", output.pred_boxes.select(1, 0));
  return tensors.take();
}

void write_trace(const std::filesystem::path& path, const Trace& trace, const ModelOutput& output,
                 const TraceFileOptions& options) {
  std::map<std::string, std::string> metadata = options.metadata;
  metadata["spatial_shapes"] = levels_json(trace.levels);
  if (options.encoder) metadata["token"] = std::to_string(trace.encoder_token);
  write_safetensors(path, to_raw(trace_tensors(trace, output, options)), metadata);
}

}  // namespace saccade
