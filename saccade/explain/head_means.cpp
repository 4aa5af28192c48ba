// The mean output of every head over a data set.
#include "saccade/explain/head_means.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/unit_masks.h"

namespace saccade {
namespace {

struct Site {
  AttentionSite site;
  const char* name;
};

constexpr std::array kSites = {Site{AttentionSite::kEncoderSelf, "enc.self"},
                               Site{AttentionSite::kDecoderSelf, "dec.self"},
                               Site{AttentionSite::kDecoderCross, "dec.cross"}};

std::vector<std::int64_t> shape_of(AttentionSite site, const ModelConfig& config) {
  return {site == AttentionSite::kEncoderSelf ? config.enc_layers : config.dec_layers,
          config.nheads, config.hidden_dim / config.nheads};
}

}  // namespace

HeadMeansRecorder::HeadMeansRecorder(const ModelConfig& config) {
  for (const Site& one : kSites) {
    sums_[one.site] = at::zeros(shape_of(one.site, config), at::kDouble);
    counts_[one.site] = 0;
  }
}

void HeadMeansRecorder::on_levels(const std::vector<LevelShape>& levels,
                                  const at::Tensor& valid_ratios) {
  images_.levels = levels;
  images_.valid_ratios = valid_ratios;
}

void HeadMeansRecorder::add(AttentionSite site, int layer, const at::Tensor& output) {
  const at::Tensor sum = sums_.at(site).select(0, layer);
  const at::Tensor queries =
      counted(site, images_, output.size(0), output.size(1), output.device());
  const at::Tensor wanted = output.to(at::kDouble) * queries.unsqueeze(-1);
  sum.add_(wanted.sum(at::IntArrayRef({0, 1})).to(at::kCPU).view_as(sum));
  if (layer == 0) counts_.at(site) += queries.sum().item<std::int64_t>();
}

void HeadMeansRecorder::on_deformable_output(const DeformableAttentionCall& call,
                                             at::Tensor& output) {
  add(call.site, call.layer, output);
}

void HeadMeansRecorder::on_dense_output(const DenseAttentionCall& call, at::Tensor& output) {
  add(call.site, call.layer, output);
}

std::vector<double> HeadMeansRecorder::sums() const {
  std::vector<double> all;
  for (const Site& one : kSites) {
    all.push_back(static_cast<double>(counts_.at(one.site)));
    const at::Tensor& sums = sums_.at(one.site);
    const auto* const values = sums.const_data_ptr<double>();
    all.insert(all.end(), values, values + sums.numel());
  }
  return all;
}

HeadMeans HeadMeansRecorder::means_of(const std::vector<double>& sums) const {
  HeadMeans means;
  const double* at = sums.data();
  for (const Site& one : kSites) {
    const double count = *at++;
    if (count == 0) throw Error("no image was run: there is no mean of heads to write");
    const at::Tensor mean = at::empty_like(sums_.at(one.site));
    std::copy_n(at, mean.numel(), mean.mutable_data_ptr<double>());
    at += mean.numel();
    means.of[one.site] = (mean / count).to(at::kFloat);
  }
  return means;
}

void write_head_means(const std::filesystem::path& path, const HeadMeans& means,
                      const std::map<std::string, std::string>& metadata) {
  NamedTensors tensors;
  for (const Site& one : kSites) tensors.emplace_back(one.name, means.of.at(one.site));
  write_safetensors(path, to_raw(tensors), metadata);
}

HeadMeans read_head_means(const std::filesystem::path& path, const ModelConfig& config) {
  const auto tensors = load_safetensors(path);
  HeadMeans means;
  for (const Site& one : kSites) {
    const auto found = tensors.find(one.name);
    if (found == tensors.end())
      throw Error(text_of(one_line(path.string()), ": has no tensor '", one.name,
                          "': expected head means, as eval --head-means writes them"));
    const at::Tensor& tensor = found->second;
    const std::vector<std::int64_t> shape = shape_of(one.site, config);
    if (tensor.sizes() != at::IntArrayRef(shape) || tensor.scalar_type() != at::kFloat)
      throw Error(text_of(one_line(path.string()), ": ", one.name, " has ",
                          shape_text(tensor.sizes().vec()), ", this model's heads ", shape_text(shape),
                          " (layers, heads, channels) in float32: they are another model's means"));
    means.of[one.site] = tensor.clone();
  }
  return means;
}

}  // namespace saccade
