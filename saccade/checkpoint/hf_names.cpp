// Renames tensors between the official code's names and Hugging Face's.
#include "saccade/checkpoint/hf_names.h"

#include <algorithm>
#include <array>
#include <map>

#include "saccade/core/error.h"

namespace saccade {
namespace {

struct Rule {
  std::string_view official;
  std::string_view hf;
};

// Prefixes after "model." has been taken off; the first that fits is used.
constexpr Rule kPrefixes[] = {{"backbone.0.body.", "backbone.model."},
                              {"backbone.0.body.", "backbone.conv_encoder.model."},
                              {"query_embed.", "query_position_embeddings."},
                              {"input_proj.", "input_projection."},
                              {"class_embed.", "class_labels_classifier."},
                              {"bbox_embed.", "bbox_predictor."}};

// Parts inside a transformer layer; deformable and plain number their norms differently.
constexpr Rule kEncoderParts[] = {{".norm1.", ".self_attn_layer_norm."},
                                  {".norm2.", ".final_layer_norm."},
                                  {"encoder.norm.", "encoder.layernorm."}};
constexpr Rule kDeformableDecoderParts[] = {{".norm1.", ".encoder_attn_layer_norm."},
                                            {".norm2.", ".self_attn_layer_norm."},
                                            {".norm3.", ".final_layer_norm."},
                                            {".cross_attn.", ".encoder_attn."}};
constexpr Rule kPlainDecoderParts[] = {{".norm1.", ".self_attn_layer_norm."},
                                       {".norm2.", ".encoder_attn_layer_norm."},
                                       {".norm3.", ".final_layer_norm."},
                                       {".multihead_attn.", ".encoder_attn."},
                                       {"decoder.norm.", "decoder.layernorm."}};
constexpr Rule kSharedParts[] = {{".linear1.", ".mlp.fc1."},
                                 {".linear2.", ".mlp.fc2."},
                                 {".linear1.", ".fc1."},
                                 {".linear2.", ".fc2."},
                                 {".out_proj.", ".o_proj."}};
constexpr std::array<std::string_view, 3> kProjections = {".q_proj.", ".k_proj.", ".v_proj."};

// Replaces the first rule that fits, in either direction.
bool apply_one(std::string& name, std::span<const Rule> rules, bool to_hf) {
  for (const Rule& rule : rules) {
    const auto from = to_hf ? rule.official : rule.hf;
    const auto at = name.find(from);
    if (at == std::string::npos) continue;
    name.replace(at, from.size(), to_hf ? rule.hf : rule.official);
    return true;
  }
  return false;
}

std::span<const Rule> layer_parts(const std::string& name, bool deformable) {
  if (name.find("encoder.") != std::string::npos && name.find("decoder.") == std::string::npos)
    return kEncoderParts;
  if (deformable) return kDeformableDecoderParts;
  return kPlainDecoderParts;
}

void rename_layer_parts(std::string& name, bool deformable, bool to_hf) {
  apply_one(name, layer_parts(name, deformable), to_hf);
  apply_one(name, kSharedParts, to_hf);
}

bool is_deformable(const NamedRawTensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const auto& item) {
    return item.first.find("sampling_offsets") != std::string::npos;
  });
}

std::string official_name(std::string name, bool deformable) {
  if (name.starts_with("model.")) name.erase(0, 6);
  for (const Rule& rule : kPrefixes) {
    if (name.starts_with(rule.hf)) return std::string(rule.official) + name.substr(rule.hf.size());
  }
  for (const std::string_view top : {"class_embed.", "bbox_embed.", "input_proj."}) {
    if (name.starts_with(top)) return name;
  }
  rename_layer_parts(name, deformable, false);
  return "transformer." + name;
}

std::string hf_name(std::string name, bool deformable) {
  if (name.starts_with("transformer.")) {
    name.erase(0, 12);
    rename_layer_parts(name, deformable, true);
    return "model." + name;
  }
  for (const Rule& rule : kPrefixes) {
    const bool only_plain = rule.official == "input_proj." || rule.official == "class_embed." ||
                            rule.official == "bbox_embed.";
    if (only_plain && deformable) continue;
    if (!name.starts_with(rule.official)) continue;
    const bool head = rule.official == "class_embed." || rule.official == "bbox_embed.";
    return (head ? "" : "model.") + std::string(rule.hf) + name.substr(rule.official.size());
  }
  return name.starts_with("input_proj.") ? "model." + name : name;
}

// Rows of q, k and v one after another.
RawTensor join_rows(const std::string& name, const std::map<int, RawTensor>& parts) {
  if (parts.size() != 3)
    throw Error(text_of(name, ": one of its q, k and v projections is missing"));
  const RawTensor& first = parts.at(0);
  auto bytes = std::make_shared<std::string>();
  for (const auto& [index, part] : parts) {
    if (part.dtype != first.dtype || part.shape != first.shape || part.shape.empty()) {
      throw Error(text_of(name, ": its q, k and v projections have different shapes"));
    }
    *bytes += contiguous_bytes(part);
  }
  RawTensor joined{.dtype = first.dtype, .shape = first.shape};
  joined.shape[0] *= 3;
  joined.strides = contiguous_strides(joined.shape);
  joined.storage = std::make_shared<Storage>(
      Storage{std::as_bytes(std::span<const char>(bytes->data(), bytes->size())), bytes});
  return joined;
}

}  // namespace

bool has_hf_names(const NamedRawTensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const auto& item) {
    return item.first.starts_with("model.backbone.") ||
           item.first.starts_with("model.encoder.layers.");
  });
}

NamedRawTensors official_names_from_hf(const NamedRawTensors& tensors) {
  const bool deformable = is_deformable(tensors);
  NamedRawTensors out;
  std::map<std::string, std::map<int, RawTensor>> parts;
  for (const auto& [hf, tensor] : tensors) {
    const std::string name = official_name(hf, deformable);
    bool is_part = false;
    for (int p = 0; p < 3; ++p) {
      const auto at = name.find(kProjections[p]);
      if (at == std::string::npos) continue;
      const std::string joined =
          name.substr(0, at) + ".in_proj_" + name.substr(at + kProjections[p].size());
      parts[joined].emplace(p, tensor);
      is_part = true;
    }
    if (!is_part) out.emplace_back(name, tensor);
  }
  for (const auto& [name, three] : parts) out.emplace_back(name, join_rows(name, three));
  return out;
}

NamedRawTensors hf_names_from_official(const NamedRawTensors& tensors) {
  for (const auto& [name, tensor] : tensors)
    if (name == "query_pos")
      throw Error("the minimal DETR of the demo notebook has no Hugging Face counterpart");
  const bool deformable = is_deformable(tensors);
  NamedRawTensors out;
  for (const auto& [official, tensor] : tensors) {
    const std::string name = hf_name(official, deformable);
    const auto at = name.find(".in_proj_");
    if (at == std::string::npos) {
      out.emplace_back(name, tensor);
      continue;
    }
    if (tensor.shape.empty() || tensor.shape[0] % 3 != 0) {
      throw Error(text_of(official, " is ", shape_text(tensor.shape),
                          ", expected q, k and v of equal size one after another"));
    }
    const std::int64_t rows = tensor.shape[0] / 3;
    for (int p = 0; p < 3; ++p) {
      RawTensor part = tensor;
      part.shape[0] = rows;
      part.offset += p * rows * tensor.strides[0];
      out.emplace_back(name.substr(0, at) + std::string(kProjections[p]) + name.substr(at + 9),
                       part);
    }
  }
  return out;
}

}  // namespace saccade
