// Parity of COCO evaluation with pycocotools (goldens: coco_eval/ and coco-eval/).
#include "tests/parity/coco_eval_check.h"
#include "tests/parity/golden_cases.h"

namespace saccade {

void add_coco_eval_cases(const std::filesystem::path& goldens) {
  for (const CocoEvalCase& recorded : find_coco_eval_cases(goldens)) {
    add_golden_case("CocoEval", recorded.name, [=] { check_coco_eval_case(recorded); });
  }
}

}  // namespace saccade
