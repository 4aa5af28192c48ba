// The units of attention that a study switches off in turn, laid out as a matrix.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/explain/intervention_check.h"

namespace saccade {

struct UnitChoice {
  std::string kind = "dec.cross.head";  // one of unit_kinds()
  // Heads: what stands for the output of one that is off, zero, mean or resample.
  std::string mode = "zero";
  std::string
      means_file;  // of mean: where the means are (explain/head_means.h); empty: the image's queries
  std::uint64_t seed = 0;  // of resample
  // Levels and points: the other weights of the head share out what is missing.
  bool renormalise = true;
  // Heads and layers, instead of switching off: the weights, and then the offsets, become their mean over the image's
  // queries, of each unit and of all together.
  bool as_template = false;
};

struct GridUnit {
  std::string text;  // what -x takes, such as dec.3.cross.head5=off(zero)
  int row = 0, column = 0;
  bool is_all = false;  // of the template: all layers and heads at once
};

struct UnitGrid {
  UnitChoice choice;
  std::string title;    // "Effect of one head switched off"
  std::string meaning;  // the end of "change of AP when ..."
  std::string
      manner;  // as an intervention has it: "zero", "mean", "resample", "renorm", "drop"; or "template"; empty: there is one way alone
  std::vector<std::string> rows, columns;  // their names
  std::string row_word, column_word;       // what they are: "layers", "heads"
  std::vector<GridUnit> units;             // row by row
};

const std::vector<std::string>& unit_kinds();
// Whether `mode` (of heads) or `renormalise` (of levels and points) has a meaning for this kind.
bool has_mode(const std::string& kind);
bool has_renormalise(const std::string& kind);
// Whether a template can take the place of units of this kind.
bool has_template(const std::string& kind);

// What an intervention says in brackets after "off" of heads, such as "mean". Throws UsageError: no such mode.
std::string head_manner(const UnitChoice& choice);

// Every unit of a kind that the model has. Throws UsageError where it has none, or the choice is none.
UnitGrid unit_grid(const UnitChoice& choice, const InterventionLimits& limits);

}  // namespace saccade
