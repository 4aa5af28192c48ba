// One image through a model, and every question about it: detections, attention, maps.
#include <cstring>
#include <numeric>

#include "bindings.h"
#include "python_model.h"
#include "saccade/core/error.h"
#include "saccade/explain/attribution.h"
#include "saccade/explain/image_run.h"
#include "saccade/explain/trace_file.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

using Texts = std::vector<std::string>;
using Box = std::array<double, 4>;  // x0, y0, x1, y1, pixels of the original image

Image image_of(const at::Tensor& pixels) {
  if (pixels.dim() != 3 || pixels.size(2) != 3 || pixels.scalar_type() != at::kByte)
    throw UsageError(text_of("image is ", pixels.scalar_type(), " ", pixels.sizes(),
                             "; expected uint8 [height, width, 3], RGB"));
  check_image_size(pixels.size(1), pixels.size(0), "image");
  Image image(static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)));
  const at::Tensor dense = pixels.cpu().contiguous();
  std::memcpy(image.rgb.data(), dense.const_data_ptr<std::uint8_t>(), image.rgb.size());
  return image;
}

std::vector<int> all_layers(int count) {
  std::vector<int> layers(static_cast<std::size_t>(count));
  std::iota(layers.begin(), layers.end(), 0);
  return layers;
}

// What a map is asked about, as Python gives it.
struct MapQuestion {
  std::string method;
  AttributionTarget target;
  AttributionOptions options;
};

MapQuestion question_of(const std::string& method, int query, std::int64_t label,
                        const std::string& target, const std::vector<int>& layers, int masks,
                        std::uint64_t seed) {
  AttributionOptions options;
  options.layers = layers;
  options.drise_masks = masks;
  options.seed = seed;
  return {method, {query, label, target_output(target)}, options};
}

class ImageRun {
 public:
  // `place`: the encoder token that is recorded too. Without `record` no attention is.
  ImageRun(std::shared_ptr<PythonModel> model, Image image, const Texts& interventions, bool record,
           const std::optional<ImagePlace>& place)
      : model_(std::move(model)) {
    const std::scoped_lock lock(model_->busy);
    const OwnModes modes(device());
    changes_ = ModelInterventions(read_interventions(interventions, "interventions"), loaded(),
                                  /*apply_exif=*/true);
    refuse_draws(changes_.all());
    image_ = prepare_image(std::move(image), loaded().size);
    if (!record) {
      output_ = run_image(loaded(), image_, changes_);
      return;
    }
    TraceRecorder recorder({.decoder_self = true, .encoder_place = place});
    output_ = run_image(loaded(), image_, changes_, &recorder);
    trace_ = recorder.trace();
  }

  std::vector<Detection> detections() const {
    return best_detections(loaded(), output_, image_.original());
  }
  Detection query(int number) const {
    return query_after_layer(loaded(), output_, config().dec_layers - 1, number, image_.original());
  }
  MatchedQuery matching_query(const Box& box) const {
    return match_query(loaded(), output_, {box[0], box[1], box[2], box[3]}, image_.original());
  }
  std::int64_t class_of(const std::string& name) const {
    return class_of_name(loaded().classes, name, "class_name");
  }

  // The arrays of a trace file of both modules, all layers.
  std::map<std::string, at::Tensor> trace() const {
    const OwnModes modes(device());
    std::map<std::string, at::Tensor> tensors;
    for (const bool encoder : {false, true}) {
      const int layers = encoder ? config().enc_layers : config().dec_layers;
      for (auto& [name, tensor] : trace_tensors(trace_, output_,
                                                {.encoder = encoder,
                                                .layers = all_layers(layers),
                                                .image_width = image_.original().width,
                                                .image_height = image_.original().height}))
        tensors.insert_or_assign(name, tensor.clone());
    }
    return tensors;
  }

  // The map, and the value of the target that it is about.
  std::pair<AttributionMap, double> map(const MapQuestion& question) {
    const std::scoped_lock lock(model_->busy);
    const OwnModes modes(device());
    Attributor& attributor = this->attributor();
    AttributionMap map =
        attributor.map(attribution_method(question.method), question.target, question.options);
    const at::Tensor value = attributor.image().value_of(question.target, attributor.output());
    return {std::move(map), value.item<double>()};
  }
  std::vector<PointScores> points(const MapQuestion& question) {
    const std::scoped_lock lock(model_->busy);
    const OwnModes modes(device());
    return attributor().points(attribution_method(question.method), question.target,
                               question.options);
  }

  const PreparedImage& image() const { return image_; }
  const Trace& attention() const { return trace_; }
  const Texts& notes() const { return changes_.notes(); }
  std::int64_t query_count() const { return output_.pred_logits.size(2); }

 private:
  const LoadedModel& loaded() const { return model_->loaded; }
  const ModelConfig& config() const { return loaded().detector->config(); }
  at::Device device() const { return loaded().detector->device(); }

  // Made when the first map is asked for: it encodes the image once more, in float32.
  Attributor& attributor() {
    if (model_->precision != "fp32")
      throw UsageError(text_of("maps are computed in float32, and this model in ",
                               model_->precision, ": load it with precision=\"fp32\""));
    if (!attributor_) {
      changes_.run_donors(image_.pixels, image_.mask);
      attributor_.emplace(loaded(), image_.pixels, image_.mask, image_.original(), changes_.all());
    }
    return *attributor_;
  }

  std::shared_ptr<PythonModel> model_;
  ModelInterventions changes_;
  PreparedImage image_;
  ModelOutput output_;
  Trace trace_;
  std::optional<Attributor> attributor_;
};

std::shared_ptr<ImageRun> run_pixels(const std::shared_ptr<PythonModel>& model,
                                     const at::Tensor& pixels, const Texts& interventions,
                                     bool record, const std::optional<std::array<double, 2>>& at,
                                     int from_level) {
  Image image = image_of(pixels);
  std::optional<ImagePlace> place;
  if (at) {
    const auto [x, y] = *at;
    if (!(x >= 0 && y >= 0 && x < image.width && y < image.height))
      throw UsageError(text_of("encoder_at (", x, ", ", y, "): outside the image of ", image.width,
                               " x ", image.height, " pixels"));
    place = ImagePlace{x / image.width, y / image.height, from_level};
  }
  return std::make_shared<ImageRun>(model, std::move(image), interventions, record, place);
}

at::Tensor read_pixels(const std::string& path) {
  const Image image = read_image(path, /*apply_exif=*/true);
  at::Tensor pixels = at::empty({image.height, image.width, 3}, at::kByte);
  std::memcpy(pixels.mutable_data_ptr<std::uint8_t>(), image.rgb.data(), image.rgb.size());
  return pixels;
}

// Boxes [R, 4], scores [R], labels [R] and queries [R].
py::tuple as_arrays(const std::vector<Detection>& detections) {
  const auto rows = static_cast<std::int64_t>(detections.size());
  const at::Tensor boxes = at::empty({rows, 4}, at::kDouble);
  const at::Tensor scores = at::empty({rows}, at::kDouble);
  const at::Tensor labels = at::empty({rows}, at::kLong);
  const at::Tensor queries = at::empty({rows}, at::kLong);
  for (std::int64_t i = 0; i < rows; ++i) {
    const Detection& d = detections[static_cast<std::size_t>(i)];
    const Box box{d.box.x0, d.box.y0, d.box.x1, d.box.y1};
    std::copy(box.begin(), box.end(), boxes.mutable_data_ptr<double>() + 4 * i);
    scores.mutable_data_ptr<double>()[i] = d.score;
    labels.mutable_data_ptr<std::int64_t>()[i] = d.label;
    queries.mutable_data_ptr<std::int64_t>()[i] = d.query;
  }
  return py::make_tuple(boxes, scores, labels, queries);
}

py::tuple as_tuple(const Detection& d) {
  return py::make_tuple(d.query, d.label, d.score,
                        py::make_tuple(d.box.x0, d.box.y0, d.box.x1, d.box.y1));
}

py::dict as_dict(const AttributionMap& map, double value) {
  using namespace py::literals;
  return py::dict("map"_a = map.map, "levels"_a = map.levels, "outside"_a = map.outside,
                  "is_signed"_a = map.is_signed, "value"_a = value);
}

py::list as_list(const std::vector<PointScores>& layers) {
  py::list list;
  for (const PointScores& layer : layers)
    list.append(py::make_tuple(layer.layer, layer.sampling_locations, layer.scores));
  return list;
}

using Release = py::call_guard<py::gil_scoped_release>;
using ImageRunClass = py::class_<ImageRun, std::shared_ptr<ImageRun>>;

void bind_functions(py::module_& m) {
  m.def("read_pixels", &read_pixels, py::arg("path"), Release());
  m.def("run", &run_pixels, py::arg("model"), py::arg("pixels"), py::arg("interventions"),
        py::arg("record"), py::arg("encoder_at"), py::arg("from_level"), Release());
  m.def("attribution_methods", [] {
    std::vector<std::string> names;
    for (const AttributionMethod method : attribution_methods())
      names.emplace_back(method_name(method));
    return names;
  });
  py::class_<MapQuestion>(m, "MapQuestion")
      .def(py::init(&question_of), py::arg("method"), py::arg("query"), py::arg("label"),
           py::arg("target"), py::arg("layers"), py::arg("masks"), py::arg("seed"));
}

void bind_questions(ImageRunClass& run) {
  run.def("detections", [](const ImageRun& run) { return as_arrays(run.detections()); })
      .def("query", [](const ImageRun& run, int number) { return as_tuple(run.query(number)); })
      .def("matching_query",
           [](const ImageRun& run, const Box& box) {
             const MatchedQuery match = run.matching_query(box);
             return py::make_tuple(as_tuple(match.detection), match.iou);
           })
      .def("class_of", &ImageRun::class_of)
      .def("trace", &ImageRun::trace, Release())
      .def("map",
           [](ImageRun& run, const MapQuestion& question) {
             std::pair<AttributionMap, double> found;
             {
               const py::gil_scoped_release release;
               found = run.map(question);
             }
             return as_dict(found.first, found.second);
           })
      .def("points", [](ImageRun& run, const MapQuestion& question) {
        std::vector<PointScores> found;
        {
          const py::gil_scoped_release release;
          found = run.points(question);
        }
        return as_list(found);
      });
}

void bind_facts(ImageRunClass& run) {
  run.def_property_readonly("query_count", &ImageRun::query_count)
      .def_property_readonly("notes", &ImageRun::notes)
      .def_property_readonly("image_size",
                             [](const ImageRun& run) {
                               return py::make_tuple(run.image().image.width,
                                                     run.image().image.height);
                             })
      .def_property_readonly("input_size",
                             [](const ImageRun& run) {
                               return py::make_tuple(run.image().input_width(),
                                                     run.image().input_height());
                             })
      .def_property_readonly("levels",
                             [](const ImageRun& run) {
                               py::list levels;
                               for (const LevelShape& level : run.attention().levels)
                                 levels.append(py::make_tuple(level.height, level.width));
                               return levels;
                             })
      .def_property_readonly("encoder_token",
                             [](const ImageRun& run) { return run.attention().encoder_token; });
}

}  // namespace

void bind_image_run(py::module_& m) {
  bind_functions(m);
  ImageRunClass run(m, "ImageRun");
  bind_questions(run);
  bind_facts(run);
}

}  // namespace saccade
