// Interventions in words.
#include "saccade/explain/intervention_words.h"

#include <gtest/gtest.h>

#include "saccade/explain/intervention_text.h"

namespace saccade {
namespace {

std::string words(std::string_view text) {
  return intervention_words(parse_intervention(text).change);
}

TEST(InterventionWords, SayWhatIsChangedAndWhere) {
  EXPECT_EQ(
      words("dec.*.cross.level0=off(renorm)"),
      "the weights of level 0 set to 0 in the cross-attention of all decoder layers, the others "
      "of each head divided by their sum");
  EXPECT_EQ(
      words("enc.0-2.self.head5.level1,3.point2.query[17]=off(drop)"),
      "the weights of levels 1,3, point 2 of head 5 set to 0 in the self-attention of encoder "
      "layers 0-2, for token 17 alone, the others of each head as they were");
  EXPECT_EQ(words("dec.3.cross.head5=off(mean)"),
            "the output of head 5 replaced by its mean over the queries in the cross-attention of "
            "decoder layer 3");
  EXPECT_EQ(words("dec.3.self.head*=off"),
            "the output of all heads set to 0 in the self-attention of decoder layer 3");
}

TEST(InterventionWords, OfBranchesQueriesAndResults) {
  EXPECT_EQ(words("enc.*.ffn=off"), "the feed-forward part of all encoder layers left out");
  EXPECT_EQ(words("dec.2=off"), "decoder layer 2 left out");
  EXPECT_EQ(words("query[17]=off"),
            "query 17 hidden from the other queries and without detections");
  EXPECT_EQ(words("query[1,2]=off(output)"), "queries 1,2 without detections");
  EXPECT_EQ(words("output=layer(2)"), "classes and boxes taken after decoder layer 2");
}

TEST(InterventionWords, OfWeightsOffsetsReferencesAndRegions) {
  EXPECT_EQ(words("dec.3.cross.weights=temperature(0.5)"),
            "the weights at temperature 0.5 in the cross-attention of decoder layer 3");
  EXPECT_EQ(words("dec.*.cross.head1.offset=scale(2)"),
            "the samples' offsets of head 1 multiplied by 2 in the cross-attention of all decoder "
            "layers");
  EXPECT_EQ(
      words("dec.*.cross.reference=move(-8,3)"),
      "the reference points moved by (-8, 3) px in the cross-attention of all decoder layers");
  EXPECT_EQ(
      words("dec.5.cross.offset=at(10,20)"),
      "the samples' offsets replaced so that they lie at given places in the cross-attention of "
      "decoder layer 5");
  EXPECT_EQ(words("dec.3.cross.head5=patch(night/other.jpg)"),
            "the output of head 5 taken from other.jpg in the cross-attention of decoder layer 3");
  EXPECT_EQ(words("memory.region(1,2,30,40)=forbid"),
            "what the decoder reads in a region of the picture set to 0");
}

}  // namespace
}  // namespace saccade
