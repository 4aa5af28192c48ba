// What the keys of `saccade plot` are in the logs of training.
#pragma once

#include <string>
#include <vector>

#include "saccade/render/curve_figure.h"
#include "saccade/train/run_log_reader.h"

namespace saccade {

// A key is one of COCO's twelve ("AP" is element 0 of test_coco_eval_bbox, "AP50" element 1 and so on;
// "mask_AP" of test_coco_eval_masks), or a name x of train_x and test_x, or a key as the log has it.

// The loss, its parts, AP and AP50, as far as they have been logged. Throws Error where none has.
std::vector<std::string> default_plot_keys(const std::vector<RunLog>& logs);

// "loss,AP" -> keys. One that no log has may still come (an epoch that is evaluated) if every training
// logs it; others throw UsageError that tells which there are.
std::vector<std::string> parse_plot_keys(const std::string& text, const std::vector<RunLog>& logs);

// The curves of a key, one or two per run. Training and validation differ in Curve::is_test. An AP of
// -1 (there is no true box) is no point.
CurvePanel panel_of_key(const std::string& key, const std::vector<RunLog>& logs);

}  // namespace saccade
