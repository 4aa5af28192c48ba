// The gallery's curves of training: one epoch and five hundred, one run and many, hard cases.
#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"
#include "tests/render/curve_figures.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {
namespace {

Curve made_up_loss(int run, bool is_test, int epochs, double scale) {
  synthetic::Numbers numbers(static_cast<std::uint64_t>(run * 2 + (is_test ? 1 : 0)));
  Curve curve{static_cast<std::size_t>(run), is_test, {}};
  for (int i = 0; i < epochs; ++i) {
    const double learned = std::exp(-4.0 * i / std::max(20, epochs)), drop = i > 0.8 * epochs;
    const double value = 0.2 + 0.06 * run + 0.8 * learned - 0.04 * drop + (is_test ? 0.05 : 0);
    curve.points.push_back({double(i), scale * value * numbers.between(0.97, 1.03)});
  }
  return curve;
}

Curve made_up_ap(int run, int epochs, double best) {
  synthetic::Numbers numbers(static_cast<std::uint64_t>(run + 77));
  Curve curve{static_cast<std::size_t>(run), true, {}};
  for (int i = 0; i < epochs; ++i) {
    const double learned = 1 - std::exp(-4.0 * (i + 1) / std::max(20, epochs));
    curve.points.push_back(
        {double(i), std::max(0.0, best - 0.02 * run) * learned * numbers.between(0.98, 1.02)});
  }
  return curve;
}

// What strains the layout: long names, gaps, huge and tiny and equal values, nothing at all.
CurveFigure hard_curves() {
  const double nan = std::nan("");
  CurveFigure f = made_up_curves(2, 12);
  f.runs = {
      "exps/r50_deformable_detr_plus_iterative_bbox_refinement_plus_plus_two_stage_lr_1e-4_"
      "batch_size_32_seed_42_first_try_of_the_second_week",
      "b\xFF"};
  for (const std::size_t i : {3u, 4u, 8u, 10u}) f.panels[0].curves[0].points[i].value = nan;
  f.panels[1] = {"a_key_of_the_log_whose_name_is_long",
                 "with a note that is long as well",
                 false,
                 {{0, false, {{0, 1e12}, {11, 3e12}}}, {1, true, {{0, 2e12}, {11, 1e300}}}}};
  f.panels[2] = {"lr", "", false, {{0, false, {{0, 2e-4}, {8, 2e-4}, {9, 2e-5}, {11, 2e-5}}}}};
  f.panels[3] = {"constant", "", false, {{0, false, {{0, 17.5}, {11, 17.5}}}}};
  f.panels[4] = {"negative", "", false, {{0, false, {{0, -1e17}, {11, -1e17}}}}};
  f.panels[5] = {"missing", "", false, {}};
  return f;
}

}  // namespace

CurveFigure made_up_curves(int runs, int epochs) {
  CurveFigure f;
  f.subtitle = text_of("epochs 0\u2013", epochs - 1);
  f.panels = {{"loss"}, {"loss_ce"}, {"loss_bbox"}, {"loss_giou"}};
  for (int run = 0; run < runs; ++run) {
    f.runs.push_back(run == 0 ? "r50_deformable_detr" : text_of("seed_", 41 + run));
    for (std::size_t i = 0; i < 4; ++i)
      for (const bool is_test : {false, true})
        f.panels[i].curves.push_back(made_up_loss(run, is_test, epochs, i == 0 ? 40 : 1.0 / i));
  }
  f.panels.push_back({"AP", "IoU 0.50:0.95", true, {}});
  f.panels.push_back({"AP50", "IoU 0.50", true, {}});
  for (int run = 0; run < runs; ++run) {
    f.panels[4].curves.push_back(made_up_ap(run, epochs, 0.44));
    f.panels[5].curves.push_back(made_up_ap(run, epochs, 0.63));
  }
  f.source = "AP: COCO's mean over IoU 0.50:0.95 on the validation set; AP50: at IoU 0.50.";
  return f;
}

void add_curves(Gallery& gallery) {
  const auto add = [&](const std::string& name, const CurveFigure& f) {
    gallery.add(name, [&](const fs::path& out) { draw_curve_figure(f, out, kRecord); });
  };
  for (const int epochs : {1, 2, 12, 50, 500})
    add(text_of("curves-", epochs, "-epochs.png"), made_up_curves(1, epochs));
  for (const char* suffix : {"svg", "pdf"})
    add(text_of("curves-12-epochs.", suffix), made_up_curves(1, 12));
  for (const int runs : {2, 5, 28})
    for (const int epochs : {1, 12, 500})
      add(text_of("curves-", runs, "-runs-", epochs, "-epochs.png"), made_up_curves(runs, epochs));
  for (const std::size_t panels : {1u, 2u, 4u, 5u}) {
    CurveFigure f = made_up_curves(2, 50);
    f.panels.erase(f.panels.begin(), f.panels.end() - static_cast<std::ptrdiff_t>(panels));
    add(text_of("curves-", panels, "-panels.png"), f);
  }
  CurveFigure f = hard_curves();
  add("curves-hard.png", f);
  f.runs.resize(1), f.panels.resize(2);
  for (CurvePanel& panel : f.panels)
    std::erase_if(panel.curves, [](const Curve& curve) { return curve.run > 0; });
  add("curves-hard-column.png", f);
}

}  // namespace saccade::gallery
