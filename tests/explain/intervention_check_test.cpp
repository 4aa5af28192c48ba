// Whether a model has what interventions name.
#include "saccade/explain/intervention_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/explain/intervention_text.h"

namespace saccade {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr InterventionLimits kDeformable{
    .enc_layers = 5, .dec_layers = 6, .heads = 8, .levels = 4, .enc_points = 3, .dec_points = 2};
constexpr InterventionLimits kPlain{.is_deformable = false};

// What is said of a text, or "" where the model has it all.
std::string refusal(const std::string& text, const InterventionLimits& limits) {
  try {
    check_interventions({parse_intervention("output=layer(0)"), parse_intervention(text)}, limits);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

struct Lack {
  const char* text;  // with the caret before the byte that it stands under
  const char* says;
};

void expect_refusals(const std::vector<Lack>& lacks, const InterventionLimits& limits) {
  for (const Lack& lack : lacks) {
    std::string text = lack.text;
    const std::size_t column = text.find('^');
    text.erase(column, 1);
    const std::string message = refusal(text, limits);
    EXPECT_THAT(message, StartsWith(std::string(lack.says) + "\n  " + text)) << lack.text;
    EXPECT_THAT(message, EndsWith("\n  " + std::string(column, ' ') + "^")) << lack.text;
  }
}

TEST(InterventionCheck, WhatTheModelHasIsAllowed) {
  for (const char* text :
       {"dec.5.cross.head7=off", "enc.4=off", "enc.4.ffn=off",
        "dec.0-5.cross.level0-3.point0,1=off", "enc.*.level*.point2=off", "query[299]=off",
        "enc.0.head*.query[20000]=off", "dec.0.self.head7.query[299]=off", "output=layer(5)",
        "memory.region(0,0,9,9)=forbid", "dec.0.cross.weights=values(1 2 3 4 5 6 7 8)",
        "enc.0.weights=values(1 2 3 4 5 6 7 8 9 10 11 12)", "dec.0.cross.reference=set(1,1)",
        "enc.1.offset=freeze", "enc.1.offset=at(9,9)", "dec.1.cross.offset=at(1 1;2 2)",
        "dec.1.cross.level0,3.offset=at(1 1;2 2;3 3;4 4)",
        "dec.1.cross.point1.offset=at(1 1;2 2;3 3;4 4)", "enc.1.level2.offset=at(1 1;2 2;3 3)"})
    EXPECT_EQ(refusal(text, kDeformable), "") << text;
  for (const char* text : {"dec.5.cross.head7=off", "enc.4=off", "enc.2.self.weights=uniform",
                           "dec.1.cross.weights=temperature(2)", "query[1]=off",
                           "memory.region(0,0,9,9)=prefer(1)", "output=layer(5)"})
    EXPECT_EQ(refusal(text, kPlain), "") << text;
}

TEST(InterventionCheck, WhatItLacksIsNamedWithItsRange) {
  const char* decoder_layer = "this model has decoder layers 0 to 5, not 6";
  expect_refusals(
      {{"dec.^6.cross.head5=off", decoder_layer},
       {"dec.4-^6.ffn=off", decoder_layer},
       {"dec.^6=off", decoder_layer},
       {"dec.0, ^6 ,1.self=off", decoder_layer},
       {"output = layer(^6)", decoder_layer},
       {"enc.^5=off", "this model has encoder layers 0 to 4, not 5"},
       {"enc.^5.head1=off", "this model has encoder layers 0 to 4, not 5"},
       {"dec.3.self.head^8.query[8]=off", "this model has heads 0 to 7, not 8"},
       {"dec.3.cross.level0-^4=off", "this model has levels 0 to 3, not 4"},
       {"dec.3.cross.point^2.offset=freeze", "this model has points 0 to 1, not 2"},
       {"enc.3.point^3.offset=freeze", "this model has points 0 to 2, not 3"},
       {"query[^300]=off", "this model has queries 0 to 299, not 300"},
       {"dec.3.cross.query[^300].reference=move(1,1)", "this model has queries 0 to 299, not 300"},
       {"dec.3.cross.weights=^values(1 2 3)",
        "this model has 4 levels of 2 points: expected 8 values, not 3"},
       {"dec.3.cross.head^8=patch(a.png)", "this model has heads 0 to 7, not 8"},
       {"dec.^6.cross.weights=patch(head9.pth)", decoder_layer},
       {"dec.3.cross.level^4.offset=patch(a.png)", "this model has levels 0 to 3, not 4"},
       {"dec.3.cross.level1,2.offset=^at(1 1;2 2;3 3)",
        "expected 1 place, 2 (one for each point), 4 (one for each of 2 levels and 2 points, level "
        "by level), not 3"},
       {"enc.3.level1.point0,2.offset=^at(1 1;2 2;3 3)",
        "expected 1 place, 2 (one for each point), not 3"}},
      kDeformable);
}

TEST(InterventionCheck, APlainDetrHasNoLevelsPointsOffsetsOrReferencePoints) {
  const std::string plain = "this model is a plain DETR, its attention is dense: it has no ";
  const std::string entries = plain + "levels and points", offsets = plain + "offsets",
                    references = plain + "reference points";
  expect_refusals({{"dec.3.cross.^level0=off", entries.c_str()},
                   {"enc.3.head1.^point0=off", entries.c_str()},
                   {"enc.3.^offset=freeze", offsets.c_str()},
                   {"dec.3.cross.^offset=at(1,1)", offsets.c_str()},
                   {"enc.3.head1.^offset=patch(a.png)", offsets.c_str()},
                   {"dec.3.cross.^reference=move(1,1)", references.c_str()},
                   {"dec.3.cross.weights=^values(1)",
                    "values are of levels and points, and this attention is dense"}},
                  kPlain);
}

// Interventions made by a program have no text.
TEST(InterventionCheck, SomethingWithoutTextIsShownInItsCanonicalText) {
  const Intervention made{"", EarlyExit{9}};
  try {
    check_interventions({made}, kDeformable);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(
        error.what(),
        "this model has decoder layers 0 to 5, not 9\n  output=layer(9)\n               ^");
  }
}

}  // namespace
}  // namespace saccade
