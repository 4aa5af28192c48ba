// A sweep's numbers as text, JSON, CSV and a picture.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/render/matrix_figure.h"
#include "saccade/study/study_source.h"
#include "saccade/study/template_report.h"
#include "saccade/study/unit_effects.h"
#include "saccade/study/unit_grid.h"

namespace saccade {

// Gradients of gates on the units: study/gate_importance.h.
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

// The units, the largest loss of AP first.
std::vector<std::size_t> by_change(const SweepReport& report);

// The baseline, how many units matter, the largest losses and gains.
std::string sweep_text(const SweepReport& report);
// Everything, 0 to 1 in full precision; null where there is nothing to measure.
std::string sweep_json(const SweepReport& report);
// unit,dAP,dAP50,dAPs,dAPm,dAPl,ci_low,ci_high,p,n: the interval and p (not adjusted) are of dAP, n the images; an empty
// field where there is nothing to measure.
std::string sweep_csv(const SweepReport& report);
// dAP in points, 0 to 100.
MatrixFigure sweep_figure(const SweepReport& report);

}  // namespace saccade
