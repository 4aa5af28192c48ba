// A sweep's numbers as text, JSON, CSV and a picture.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/render/matrix_figure.h"
#include "saccade/study/template_report.h"
#include "saccade/study/unit_effects.h"
#include "saccade/study/unit_grid.h"

namespace saccade {

// Adjusted p of a change that counts as significant.
inline constexpr double kSignificantQ = 0.05;

// What made the numbers.
struct StudySource {
  std::string command, version;
  std::string model, weights_sha256;
  std::string set;                         // name of the data set or split
  std::vector<std::string> interventions;  // that hold in the baseline too
  std::int64_t left_out_images = 0;
  double seconds = 0;  // of running all variants, without what an earlier run had done
  int processes = 1;
};

// Gradients of gates on the units: study/head_importance.h.
struct UnitImportance {
  std::vector<double> of_unit;  // of every unit of the whole grid
  std::vector<std::string> units;
  double correlation =
      0;  // Spearman's, with |dAP|, over the units that were switched; NaN: too few
};

struct SweepReport {
  const CocoDataSet* data = nullptr;  // must outlive the report
  UnitGrid grid;                      // its units are those that were switched
  UnitEffects effects;                // of the grid's units, in their order
  EffectOptions options;
  StudySource source;
  std::optional<UnitImportance> importance;
  std::vector<ModuleParts> query_specific;  // of sweeps with the template; else empty
};

// The baseline, how many units matter, the largest losses and gains.
std::string sweep_text(const SweepReport& report);
// Everything, 0 to 1 in full precision; null where there is nothing to measure.
std::string sweep_json(const SweepReport& report);
// unit,dAP,dAP50,dAPs,dAPm,dAPl,ci_low,ci_high,p,n: the interval and p (not adjusted) are of dAP, n the images; an empty
// field where there is nothing to measure.
std::string sweep_csv(const SweepReport& report);
// dAP in points, 0 to 100.
MatrixFigure sweep_figure(const SweepReport& report);

// Why intervals say little of so few images; empty where there are enough.
std::string too_few_images(std::size_t images);
// As many resamples as let one unit alone become significant though some disagree, 1000 to 10000: p is never below
// 2 / (resamples + 1).
int default_resamples(std::size_t units);
// Why no unit, or a few alone, can become significant with so few resamples; empty where one can.
std::string too_few_resamples(std::size_t units, int resamples, const char* what = "units");

}  // namespace saccade
