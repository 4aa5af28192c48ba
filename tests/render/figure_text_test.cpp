// Numbers, words and lines of text.
#include "saccade/render/figure_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

TEST(FigureText, NumbersHaveAMinusSignAndAPlainZero) {
  EXPECT_EQ(number_text(-0.274, 2), "\u22120.27");
  EXPECT_EQ(number_text(0, 2), "0");
  EXPECT_EQ(number_text(-0.001, 2), "0");
  EXPECT_EQ(number_text(std::nan(""), 2), "-");
  EXPECT_EQ(change_text(0.05, 2), "+0.05");
  EXPECT_EQ(change_text(-0.05, 2), "\u22120.05");
}

TEST(FigureText, CountsHaveTheirPlural) {
  EXPECT_EQ(count_text(1, "class"), "1 class");
  EXPECT_EQ(count_text(60, "class"), "60 classes");
  EXPECT_EQ(count_text(2, "box"), "2 boxes");
  EXPECT_EQ(count_text(2, "category"), "2 categories");
  EXPECT_EQ(count_text(0, "crowd region"), "0 crowd regions");
}

TEST(FigureText, PercentKeepsADecimalBelowOne) {
  EXPECT_EQ(percent_text(0.874), "87\u00A0%");
  EXPECT_EQ(percent_text(0.003), "0.3\u00A0%");
  EXPECT_EQ(percent_text(0), "0\u00A0%");
}

TEST(FigureText, ListsBecomeRuns) {
  EXPECT_EQ(index_list({0, 1, 2, 3, 7}), "0-3, 7");
  EXPECT_EQ(index_list({2, 0}, "L"), "L0, L2");
  EXPECT_EQ(index_list({4, 5}), "4, 5");
  EXPECT_EQ(index_list({}), "none");
}

TEST(FigureText, WhatIsNoUtf8BecomesAReplacement) {
  EXPECT_EQ(drawable_text("a\xFF\xC3z\n"), "a\uFFFD\uFFFDz\uFFFD");
  EXPECT_EQ(drawable_text("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(drawable_text("stra\u00DFe \u4E2D"), "stra\u00DFe \u4E2D");
}

TEST(TextLayout, WidthGrowsWithSizeAndWithEveryLetter) {
  EXPECT_NEAR(text_width("vehicle", 12), 2 * text_width("vehicle", 6), 1e-9);
  EXPECT_GT(text_width("vehicles", 6), text_width("vehicle", 6));
  EXPECT_EQ(text_width("", 6), 0);
}

TEST(TextLayout, ShortenedTextFitsAndEndsInAnEllipsis) {
  const std::string text = "dec.5 cross-attention \u00B7 128 points of all eight heads";
  EXPECT_EQ(shorten_text(text, 1000, 6), text);
  for (double width = 8; width < text_width(text, 6); width += 7) {
    const std::string shorter = shorten_text(text, width, 6);
    EXPECT_LE(text_width(shorter, 6), width);
    EXPECT_TRUE(shorter.ends_with("\u2026")) << shorter;
    EXPECT_EQ(drawable_text(shorter), shorter);
  }
  EXPECT_EQ(shorten_text(text, 1, 6), "");
  EXPECT_EQ(shorten_text(text, -5, 6), "");
}

TEST(TextLayout, WrappedLinesFitAndLoseNoWord) {
  const std::string text = "Sampling points of decoder query 14, nothing averaged; colour and area";
  const auto lines = wrap_text(text, 90, 6.2);
  std::string joined;
  for (const std::string& line : lines) {
    EXPECT_LE(text_width(line, 6.2), 90);
    joined += (joined.empty() ? "" : " ") + line;
  }
  EXPECT_GT(lines.size(), 2u);
  EXPECT_EQ(joined, text);
}

TEST(TextLayout, AWordWiderThanTheLineIsBroken) {
  const auto lines = wrap_text("a " + std::string(120, 'm') + " b", 60, 6);
  std::size_t letters = 0;
  for (const std::string& line : lines) {
    EXPECT_LE(text_width(line, 6), 60);
    letters += static_cast<std::size_t>(std::count(line.begin(), line.end(), 'm'));
  }
  EXPECT_EQ(letters, 120u);
}

// Cairo refuses them, and with them the whole figure; neighbours are characters.
TEST(FigureText, NoncharactersAreReplacedAndTheirNeighboursKept) {
  for (const char* none : {"\uFFFE", "\uFFFF", "\uFDD0", "\uFDEF", "\U0001FFFE", "\U0010FFFF"})
    EXPECT_EQ(drawable_text(none).find(none), std::string::npos) << none;
  for (const char* some : {"\uFFFD", "\uFDCF", "\uFDF0", "\uEFFF", "\U0001FFFD", "\U0001EFFF"})
    EXPECT_EQ(drawable_text(some), some);
}

}  // namespace
}  // namespace saccade
