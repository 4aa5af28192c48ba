// Random interventions for tests: every kind, each valid.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "saccade/core/random.h"
#include "saccade/explain/intervention.h"

namespace saccade {

class RandomChanges {
 public:
  explicit RandomChanges(std::uint64_t seed) : random_(seed) {}

  AttentionChange next();

 private:
  bool coin() { return random_.chance(0.5); }
  // Plain decimals and numbers of many digits.
  double number();
  double positive();
  IndexSet set();
  IndexSet sparse_set() { return coin() ? IndexSet{} : set(); }
  AttentionUnit unit(AttentionModule module);
  AttentionModule any_module() { return static_cast<AttentionModule>(random_.below(3)); }
  AttentionModule sampled_module() {
    return coin() ? AttentionModule::kEncoderSelf : AttentionModule::kDecoderCross;
  }
  AttentionUnit sampled_unit();
  AttentionChange weights();
  AttentionChange offsets();
  AttentionChange reference();
  AttentionChange region();
  AttentionChange queries();
  AttentionChange patch();
  std::string file();

  Random random_;
};

inline double RandomChanges::number() {
  const double wide = (random_.uniform() - 0.5) * 2000;
  return coin() ? std::round(wide) / 8
                : wide * std::pow(10.0, static_cast<double>(random_.between(-9, 5)));
}

inline double RandomChanges::positive() { return std::abs(number()) + 0.001; }

inline IndexSet RandomChanges::set() {
  if (random_.chance(0.2)) return {};
  IndexSet set{.all = false, .some = {}};
  int last = -1;
  for (std::uint64_t i = random_.below(6) + 1; i > 0; --i)
    set.some.push_back(last += coin() ? 1 : static_cast<int>(random_.between(1, 300)));
  return set;
}

inline AttentionUnit RandomChanges::unit(AttentionModule module) {
  AttentionUnit unit{.module = module};
  unit.layers = set();
  unit.heads = sparse_set();
  unit.queries = sparse_set();
  return unit;
}

inline AttentionUnit RandomChanges::sampled_unit() {
  AttentionUnit one = unit(sampled_module());
  one.levels = sparse_set();
  one.points = sparse_set();
  return one;
}

inline AttentionChange RandomChanges::weights() {
  WeightsChange change{.unit = unit(any_module())};
  const bool is_dense = change.unit.module == AttentionModule::kDecoderSelf;
  change.kind = static_cast<WeightsChange::Kind>(random_.below(is_dense ? 4 : 5));
  if (change.kind == WeightsChange::Kind::kTemperature) change.temperature = positive();
  if (change.kind == WeightsChange::Kind::kValues)
    for (std::uint64_t i = random_.below(16) + 1; i > 0; --i) change.values.push_back(positive());
  return change;
}

inline AttentionChange RandomChanges::offsets() {
  OffsetsChange change{.unit = sampled_unit()};
  change.kind = static_cast<OffsetsChange::Kind>(random_.below(5));
  if (change.kind == OffsetsChange::Kind::kFreeze) return change;
  if (change.kind == OffsetsChange::Kind::kAt) {
    for (std::uint64_t i = random_.below(5) + 1; i > 0; --i)
      change.places.push_back({number(), number()});
    return change;
  }
  change.amount = number();
  if (change.kind == OffsetsChange::Kind::kJitter) {
    change.amount = positive();
    change.seed = random_.next();
  }
  return change;
}

inline AttentionChange RandomChanges::reference() {
  ReferenceChange change{.unit = unit(AttentionModule::kDecoderCross)};
  change.unit.heads = {};
  change.kind = coin() ? ReferenceChange::Kind::kMove : ReferenceChange::Kind::kSet;
  change.point = {number(), number()};
  return change;
}

inline AttentionChange RandomChanges::region() {
  MemoryRegion region;
  for (std::uint64_t i = random_.below(9) + 3; i > 0; --i)
    region.polygon.push_back({number(), number()});
  region.forbids = coin();
  if (!region.forbids) region.logit_bias = number();
  return region;
}

inline AttentionChange RandomChanges::queries() {
  const std::uint64_t kind = random_.below(3);
  return QueriesOff{set(), kind != 1, kind != 2};
}

inline std::string RandomChanges::file() {
  constexpr std::string_view kAlphabet = "abc019 ()\"\\.,;=/-_[]*\xC3\xA9";
  std::string name;
  for (std::uint64_t i = random_.below(12) + 1; i > 0; --i)
    name += kAlphabet[random_.below(kAlphabet.size())];
  constexpr const char* kSuffixes[] = {".png", ".jpg", ".JPEG", ".pth", ".pt", ".safetensors"};
  return name + kSuffixes[random_.below(6)];
}

inline AttentionChange RandomChanges::patch() {
  const auto part = static_cast<PatchPart>(random_.below(3));
  if (part == PatchPart::kOffsets)
    return Patch{.unit = sampled_unit(), .part = part, .file = file()};
  return Patch{.unit = unit(any_module()), .part = part, .file = file()};
}

inline AttentionChange RandomChanges::next() {
  switch (random_.below(10)) {
    case 0:
      return HeadsOff{unit(any_module()), coin() ? HeadsOff::Fill::kZero : HeadsOff::Fill::kMean};
    case 1:
      return EntriesOff{sampled_unit(), coin()};
    case 2:
      return BranchOff{static_cast<Branch>(random_.below(7)), set()};
    case 3:
      return weights();
    case 4:
      return offsets();
    case 5:
      return reference();
    case 6:
      return queries();
    case 7:
      return region();
    case 8:
      return patch();
    default:
      return EarlyExit{static_cast<int>(random_.below(1000))};
  }
}

}  // namespace saccade
