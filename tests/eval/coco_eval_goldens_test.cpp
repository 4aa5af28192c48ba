// pycocotools' recorded numbers in tests/goldens, without the program of all goldens.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/parity/coco_eval_check.h"

namespace saccade {
namespace {

class CocoEvalGoldens : public testing::TestWithParam<CocoEvalCase> {};

TEST_P(CocoEvalGoldens, EqualsPycocotools) { check_coco_eval_case(GetParam()); }

std::string test_name(const testing::TestParamInfo<CocoEvalCase>& info) {
  std::string name = info.param.name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recorded, CocoEvalGoldens,
                         testing::ValuesIn(find_coco_eval_cases(SACCADE_SOURCE_DIR
                                                                "/tests/goldens")),
                         test_name);

}  // namespace
}  // namespace saccade
