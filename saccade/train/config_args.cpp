// The options of a run as a checkpoint keeps them.
#include "saccade/train/config_args.h"

#include <sstream>
#include <type_traits>
#include <utility>

#include "saccade/core/joined.h"
#include "saccade/model/config_from_weights.h"

namespace saccade {
namespace {

// Calls visit(name, field) for everything but the architecture and what is of one start alone (steps,
// overfit).
template <typename Config, typename Visit>
void for_each_option(Config& c, Visit visit) {
  visit("lr", c.lr);
  visit("lr_backbone", c.lr_backbone);
  visit("lr_linear_proj_mult", c.lr_linear_proj_mult);
  visit("lr_backbone_names", c.lr_backbone_names);
  visit("lr_linear_proj_names", c.lr_linear_proj_names);
  visit("sgd", c.sgd);
  visit("weight_decay", c.weight_decay);
  visit("clip_max_norm", c.clip_max_norm);
  visit("lr_schedule", c.lr_schedule);
  visit("lr_drop", c.lr_drop);
  visit("warmup_steps", c.warmup_steps);
  visit("epochs", c.epochs);
  visit("batch_size", c.batch_size);
  visit("accumulate", c.accumulate);
  visit("ema", c.ema);
  visit("precision", c.precision);
  visit("activation_checkpointing", c.activation_checkpointing);
  visit("set_cost_class", c.set_cost_class);
  visit("set_cost_bbox", c.set_cost_bbox);
  visit("set_cost_giou", c.set_cost_giou);
  visit("cls_loss_coef", c.cls_loss_coef);
  visit("bbox_loss_coef", c.bbox_loss_coef);
  visit("giou_loss_coef", c.giou_loss_coef);
  visit("focal_alpha", c.focal_alpha);
  visit("eos_coef", c.eos_coef);
  visit("aux_loss", c.aux_loss);
  visit("short_side", c.size.short_side);
  visit("max_side", c.size.max_side);
  visit("size_multiple", c.size.multiple);
  visit("augment", c.augment);
  visit("min_train_side", c.augmentation.min_side);
  visit("max_train_side", c.augmentation.max_side);
  visit("crop_part", c.augmentation.crop_part);
  visit("cache_mode", c.cache_mode);
  visit("num_workers", c.num_workers);
  visit("seed", c.seed);
  visit("eval_every", c.eval_every);
  visit("save_steps", c.save_steps);
}

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

template <typename T>
ArgValue value_of(const T& field) {
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return joined(field, " ");
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<std::int64_t>(field);
  } else {
    return field;
  }
}

template <typename T>
void take(const Args& args, const char* name, T& field) {
  const auto found = args.find(name);
  if (found == args.end()) return;
  const ArgValue& value = found->second;
  if constexpr (std::is_same_v<T, bool>) {
    if (const auto* flag = std::get_if<bool>(&value)) field = *flag;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    if (const auto* text = std::get_if<std::string>(&value)) field = split(*text);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (const auto* text = std::get_if<std::string>(&value)) field = *text;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    if (std::is_same_v<T, int> && !std::in_range<int>(*whole)) return;
    field = static_cast<T>(*whole);  // of a seed all bits
  } else if constexpr (std::is_same_v<T, double>) {
    if (const auto* number = std::get_if<double>(&value)) field = *number;
  }
}

}  // namespace

Args args_of(const TrainConfig& config) {
  Args args = args_of(config.model);
  for_each_option(config,
                  [&](const char* name, const auto& field) { args[name] = value_of(field); });
  args["steps"] = value_of(config.steps);
  args["overfit"] = value_of(config.overfit);
  return args;
}

void apply_args(const Args& args, TrainConfig& config) {
  for_each_option(config, [&](const char* name, auto& field) { take(args, name, field); });
}

}  // namespace saccade
