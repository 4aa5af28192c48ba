// Faulty texts of interventions: what the message says and where its caret stands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "saccade/core/error.h"
#include "saccade/explain/intervention_text.h"
#include "tests/explain/random_changes.h"

namespace saccade {
namespace {

using ::testing::HasSubstr;

// The message of a text that must be refused.
std::string refusal(const std::string& text) {
  try {
    parse_intervention(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "was read";
}

struct Fault {
  const char* text;  // with the caret before the byte that it stands under
  const char* says;
};

const Fault kFaults[] = {
    // Addresses.
    {"^", "expected enc, dec, query, memory or output"},
    {"^decc.3=off", "expected enc, dec, query, memory or output; did you mean dec?"},
    {"  ^outptu=layer(1)", "did you mean output?"},
    {"^Dec.3=off", "did you mean dec?"},
    {"dec^=off", "expected '.' after 'dec'"},
    {"dec.^cross.head5=off",
     "expected *, a number, a range or a list such as 1,3,5-7 after 'dec.'"},
    {"dec.3.^corss=off", "expected cross, self or ffn after 'dec.3.'; did you mean cross?"},
    {"dec.3.^head5=off", "expected cross, self or ffn after 'dec.3.'"},
    {"dec.3.^=off", "expected cross, self or ffn after 'dec.3.'"},
    {"dec.3^cross=off", "expected '=' and an action after 'dec.3'"},
    {"enc.2.^cross=off", "expected self, ffn, head, level, point, query, weights or offset after"},
    {"enc.2.ffn^.head1=off", "expected '=' and an action after 'enc.2.ffn'"},
    {"enc.2.^reference=move(1,1)", "the encoder's reference points are its tokens' own places"},
    {"dec.3.cross.^haed5=off",
     "expected head, level, point, query, weights, offset or reference after 'dec.3.cross.'; did "
     "you mean head?"},
    {"dec.3.cross.level1.^haed5=off",
     "expected point, query or offset after 'dec.3.cross.level1.'"},
    {"dec.3.cross.head^=off", "expected *, a number, a range"},
    {"dec.3.cross.level0.^head5=off", "expected the order head, level, point, query"},
    {"dec.3.cross.head5.^head6=off", "expected the order head, level, point, query"},
    {"dec.3.cross.weights^.head5=uniform",
     "expected '=' and an action after 'dec.3.cross.weights'"},
    {"dec.3.cross.level0.^weights=uniform", "weights are changed for whole heads"},
    {"dec.3.cross.head1.^reference=move(1,1)", "a reference point serves all heads"},
    {"dec.3.self.^level0=off", "the decoder's self-attention is dense"},
    {"dec.3.self.head1.^point0=off", "the decoder's self-attention is dense"},
    {"dec.3.self.^offset=freeze", "the decoder's self-attention is dense"},
    {"dec.3.self.^reference=move(1,1)", "the decoder's self-attention is dense"},
    {"dec.3.self.weights=^values(1)", "the decoder's self-attention is dense"},
    {"query^17=off", "expected '[' after 'query'"},
    {"query[17^=off", "expected ']' after 'query[17'"},
    {"dec.3.cross.query^5=off", "expected '[' after 'dec.3.cross.query'"},
    // Sets.
    {"query[^]=off", "expected *, a number, a range or a list"},
    {"query[^-3]=off", "expected *, a number, a range or a list"},
    {"query[3,^]=off", "expected a number after 'query[3,'"},
    {"query[3-^]=off", "expected a number after 'query[3-'"},
    {"query[3-^-5]=off", "expected a number after 'query[3-'"},
    {"query[5-^3]=off", "expected a range that ascends, such as 3-5"},
    {"query[*^,3]=off", "expected ']' after 'query[*'"},
    {"query[1,^1000001]=off", "expected a number of at most 1000000"},
    {"query[^99999999999999999999]=off", "expected a number of at most 1000000"},
    {"query[7,^0-99999]=off", "expected at most 100000 numbers; * stands for all"},
    // Regions.
    {"memory^=forbid", "expected '.' after 'memory'"},
    {"memory.^regoin(1,2,3,4)=forbid", "did you mean region?"},
    {"memory.region(^)=forbid", "expected a plain decimal number"},
    {"memory.region(1^)=forbid", "expected a space and y after 'memory.region(1'"},
    {"memory.region(1,2,3^)=forbid", "expected ','"},
    {"memory.region(1,2,^0,4)=forbid", "expected a width or height above 0"},
    {"memory.region(1,2,3,^-4)=forbid", "expected a width or height above 0"},
    {"memory.region(1,2,^1000000000,4)=forbid", "expected a region that ends within"},
    {"memory.region(1 2;3 4^)=forbid", "expected ';' and a corner, three in all at least,"},
    {"memory.region(1 2;3 4;5^)=forbid", "expected a space and y"},
    {"memory.region(1 2;3 4;5 6;^)=forbid", "expected a plain decimal number"},
    {"memory.region(1 2;3 4;5 6^=forbid", "expected ')'"},
    // Actions.
    {"dec.3.cross.head5^", "expected '=' and an action after 'dec.3.cross.head5'"},
    {"dec.3.cross.head5=^", "expected off or patch after 'dec.3.cross.head5='"},
    {"dec.3.cross.head5=^of",
     "expected off or patch after 'dec.3.cross.head5='; did you mean off?"},
    {"dec.3.cross.head5=off(^maen)", "expected zero, mean or resample"},
    {"dec.3.cross.head5=off(^renorm)", "expected zero, mean or resample"},
    {"dec.3.cross.level5=off(^zero)", "expected renorm or drop"},
    {"dec.3.cross.head5=off(mean^", "expected ')'"},
    {"dec.3.cross.head5=off(mean,^street.jpg)", "a .safetensors file of head means"},
    {"dec.3.cross.head5=off(mean,^)", "a .safetensors file of head means"},
    {"dec.3.cross.head5=off(zero^,m.safetensors)", "expected ')'"},
    {"dec.3.cross.head5=off(resample,^-1)", "expected"},
    {"dec.3.cross.level0=off(^resample)", "expected renorm or drop"},
    {"dec.3.cross.head5=^offx", "expected off or patch after"},
    {"dec.3.cross.head5=off ^x", "expected nothing more"},
    {"enc.2=off^(mean)", "expected nothing more after 'enc.2=off'"},
    {"dec.3.cross.query[5]=^off", "a branch is off for all queries"},
    {"dec.3.cross.weights=^off", "expected uniform, mean, argmax, temperature, values or patch"},
    {"dec.3.cross.weights=temperature^", "expected '('"},
    {"dec.3.cross.weights=temperature(^0)", "expected a number of 0.000001 or more"},
    {"dec.3.cross.weights=values(^)", "expected a plain decimal number"},
    {"dec.3.cross.weights=values(1 ^-1)", "expected a number of 0 or more"},
    {"dec.3.cross.weights=values(1^,2)", "expected a space or ')'"},
    {"dec.3.cross.offset=^sclae(2)", "did you mean scale?"},
    {"dec.3.cross.offset=scale(^two)", "expected a plain decimal number, such as 0.5, after"},
    {"dec.3.cross.offset=scale(^1e5)", "expected a plain decimal number"},
    {"dec.3.cross.offset=scale(^0x10)", "expected a plain decimal number"},
    {"dec.3.cross.offset=scale(^1.2.3)", "expected a plain decimal number"},
    {"dec.3.cross.offset=scale(^nan)", "expected a plain decimal number"},
    {"dec.3.cross.offset=scale(^-inf)", "expected a plain decimal number"},
    {"dec.3.cross.offset=scale(^2000000000)", "expected a number of at most 1000000000"},
    {"dec.3.cross.offset=scale(1^,2)", "expected ')'"},
    {"dec.3.cross.offset=jitter(^-1)", "expected a number of 0 or more"},
    {"dec.3.cross.offset=jitter(1,^-1)", "expected a seed"},
    {"dec.3.cross.offset=jitter(1,^18446744073709551616)", "expected a seed"},
    {"dec.3.cross.offset=freeze^(1)", "expected nothing more"},
    {"dec.3.cross.offset=at^", "expected '('"},
    {"dec.3.cross.offset=at(^)", "expected a plain decimal number"},
    {"dec.3.cross.offset=at(1^)", "expected a space and y"},
    {"dec.3.cross.offset=at(1,2^;3,4)", "expected ')'"},
    {"dec.3.cross.offset=at(1 2^,3 4)", "expected ')'"},
    {"dec.3.cross.offset=at(1 2;^)", "expected a plain decimal number"},
    {"dec.3.cross.offset=^points(1,2)",
     "expected scale, rotate, jitter, freeze, at, mean or patch"},
    {"dec.3.cross=patch^", "expected '('"},
    {"dec.3.cross=patch(^)", "expected an image (.jpg, .jpeg, .png) or weights (.pth, .pt"},
    {"dec.3.cross=patch( ^night.gif)", "expected an image (.jpg, .jpeg, .png) or weights"},
    {"dec.3.cross=patch(^.png)", "expected an image (.jpg, .jpeg, .png) or weights"},
    {"dec.3.cross=patch(a^(1).png)", "a name with brackets or quotes stands in quotes"},
    {"dec.3.cross=patch(a.png^", "expected ')'"},
    {"dec.3.cross=patch(a.png)^)", "expected nothing more"},
    {"dec.3.cross=patch(\"a.png^", "expected '\"' at the end of the file's name"},
    {"dec.3.cross=patch(\"a\\^n.png\")", "expected '\"' or '\\'"},
    {"dec.3.cross=patch(\"a.png\"^x)", "expected ')'"},
    {"dec.3.cross=patch(a^\n.png)", "expected ')'"},
    {"dec.3.cross.level0=^patch(a.png)", "expected off after"},
    {"enc.2=^patch(a.png)", "expected off after"},
    {"enc.2.ffn=^patch(a.png)", "expected off after"},
    {"dec.3.self.^offset=patch(a.png)", "the decoder's self-attention is dense"},
    {"dec.3.cross.reference=^patch(a.png)", "expected move or set"},
    {"dec.3.cross.reference=move(1^)", "expected ','"},
    {"query[1]=off(^keys)", "expected key or output after 'query[1]=off('; did you mean key?"},
    {"memory.region(1,2,3,4)=^forbit", "did you mean forbid?"},
    {"memory.region(1,2,3,4)=prefer^", "expected '('"},
    {"output=^3", "expected layer after 'output='"},
    {"output=layer(^*)", "expected a number after 'output=layer('"},
    {"output=layer(1^-2)", "expected ')'"},
    // Bytes of all sorts. A character of several bytes takes one column, a control character shows as '?'.
    {"query[1]=off^\n", "expected nothing more"},
    {"query[1]=off ^\xC3\xA9", "expected nothing more"},
};

TEST(InterventionFault, IsShownWithACaretUnderIt) {
  for (const Fault& fault : kFaults) {
    std::string text = fault.text;
    const std::size_t column = text.find('^');
    text.erase(column, 1);
    const std::string message = refusal(text);
    std::string shown = text;
    std::replace(shown.begin(), shown.end(), '\n', '?');
    EXPECT_THAT(message, HasSubstr(fault.says)) << fault.text;
    EXPECT_THAT(message,
                testing::EndsWith("\n  " + shown + "\n  " + std::string(column, ' ') + "^"))
        << fault.text;
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 2) << message;
  }
}

TEST(InterventionFault, OfALongTextIsShownWithWhatIsAroundIt) {
  std::string text = "query[0";
  for (int i = 1; i < 500; ++i) text += "," + std::to_string(i);
  const std::size_t column = text.size() + 1;
  const std::string message = refusal(text + ",x" + std::string(200, ' ') + "]=off");
  const std::size_t second = message.find('\n') + 1, third = message.find('\n', second) + 1;
  const std::string shown = message.substr(second, third - second - 1);
  const std::size_t caret = message.size() - third - 1;
  EXPECT_LT(shown.size(), 120u);
  EXPECT_EQ(shown.substr(0, 5), "  ...");
  EXPECT_EQ(shown.substr(shown.size() - 3), "...");
  EXPECT_EQ(shown[caret], 'x') << message << column;
}

TEST(InterventionFault, TextsAndPolygonsAreBounded) {
  EXPECT_THAT(refusal(std::string(70'000, ' ')), HasSubstr("70000 bytes, expected at most 65536"));
  std::string corners = "0 0";
  for (int i = 0; i < 10'000; ++i) corners += ";0 1";
  EXPECT_THAT(refusal("memory.region(" + corners + ")=forbid"), HasSubstr("at most 10000 corners"));
  std::string ranges = "0-99";
  for (int i = 0; i < 10'000; ++i) ranges += ",0-99";
  EXPECT_THAT(refusal("query[" + ranges + "]=off"), HasSubstr("at most 100000 numbers"));
}

std::string mutated(std::string text, Random& random) {
  const std::string_view alphabet = ".,;=-*()[] 0123456789abcdefgilmnopqrstuvwy^\n\xC3\x80";
  for (std::uint64_t i = random.below(4) + 1; i > 0; --i) {
    const std::size_t at = random.below(text.size() + 1);
    const char c = random.chance(0.1) ? static_cast<char>(random.below(256))
                                      : alphabet[random.below(alphabet.size())];
    switch (random.below(4)) {
      case 0:
        text.insert(at, 1, c);
        break;
      case 1:
        text.erase(at, random.below(4));
        break;
      case 2:
        text.insert(at, text.substr(random.below(text.size() + 1), random.below(12)));
        break;
      default:
        if (at < text.size()) text[at] = c;
    }
  }
  return text;
}

// Whatever stands there is read or refused; what is read can be written and read again.
TEST(InterventionFault, RandomMutationsAreReadOrRefused) {
  RandomChanges changes(3);
  Random random(5);
  int read = 0;
  const std::clock_t begin = std::clock();  // of this process: machines are shared
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = mutated(canonical_text(changes.next()), random);
    AttentionChange change;
    try {
      change = parse_intervention(text).change;
    } catch (const UsageError&) {
      continue;
    }
    ++read;
    ASSERT_EQ(parse_intervention(canonical_text(change)).change, change) << text;
  }
  EXPECT_GT(read, 1'000);
  EXPECT_LT(std::clock() - begin, 2 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace saccade
