// Polygons as text.
#include "saccade/explain/region_text.h"

#include <charconv>

namespace saccade {
namespace {

using Polygon = std::vector<std::array<double, 2>>;

constexpr std::size_t kMaxCorners = 10'000;

// The end of an interval that begins at `from`.
double read_end(TextCursor& cursor, double from) {
  const std::size_t begin = cursor.at();
  const double length = cursor.number();
  if (!(length > 0)) cursor.fail_at(begin, "expected a width or height above 0");
  if (from + length > TextCursor::kMaxNumber)
    cursor.fail_at(begin, "expected a region that ends within 1000000000 pixels");
  return from + length;
}

void expect_comma(TextCursor& cursor) {
  if (!cursor.take_spaced(',')) cursor.fail_expected("','");
}

// What follows "x,".
Polygon read_rectangle(TextCursor& cursor, double left) {
  const double top = cursor.number();
  expect_comma(cursor);
  const double right = read_end(cursor, left);
  expect_comma(cursor);
  const double bottom = read_end(cursor, top);
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

double read_y(TextCursor& cursor) {
  if (!cursor.take(' ')) cursor.fail_expected("a space and y");
  cursor.skip_spaces();
  return cursor.number();
}

// What follows "x".
Polygon read_corners(TextCursor& cursor, double first_x) {
  Polygon polygon = {{first_x, read_y(cursor)}};
  while (cursor.take_spaced(';')) {
    if (polygon.size() == kMaxCorners)
      cursor.fail_at(cursor.at(), text_of("expected at most ", kMaxCorners, " corners"));
    const double x = cursor.number();
    polygon.push_back({x, read_y(cursor)});
  }
  if (polygon.size() < 3) cursor.fail_expected("';' and a corner, three in all at least,");
  return polygon;
}

}  // namespace

Polygon read_region(TextCursor& cursor) {
  cursor.expect('.');
  cursor.choice({"region"});
  cursor.expect('(');
  cursor.skip_spaces();
  const double x = cursor.number();
  Polygon polygon = cursor.take_spaced(',') ? read_rectangle(cursor, x) : read_corners(cursor, x);
  cursor.skip_spaces();
  cursor.expect(')');
  return polygon;
}

std::string region_text(const Polygon& polygon) {
  std::string text = ".region(";
  for (std::size_t i = 0; i < polygon.size(); ++i)
    text +=
        text_of(i == 0 ? "" : ";", decimal_text(polygon[i][0]), " ", decimal_text(polygon[i][1]));
  return text + ")";
}

std::string decimal_text(double number) {
  char text[1100];  // of the smallest and of the largest double
  const auto end = std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed).ptr;
  return std::string(text, end);
}

}  // namespace saccade
