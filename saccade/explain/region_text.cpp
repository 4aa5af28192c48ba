// Polygons and places as text.
#include "saccade/explain/region_text.h"

#include <charconv>

namespace saccade {
namespace {

using Polygon = std::vector<std::array<double, 2>>;

constexpr std::size_t kMaxPairs = 10'000;

// The end of an interval that begins at `from`.
double read_end(TextCursor& cursor, double from) {
  const std::size_t begin = cursor.at();
  const double length = cursor.number();
  if (!(length > 0)) cursor.fail_at(begin, "expected a width or height above 0");
  if (from + length > TextCursor::kMaxNumber)
    cursor.fail_at(begin, "expected a region that ends within 1000000000 pixels");
  return from + length;
}

// What follows "x,".
Polygon read_rectangle(TextCursor& cursor, double left) {
  const double top = cursor.number();
  cursor.expect_spaced(',');
  const double right = read_end(cursor, left);
  cursor.expect_spaced(',');
  const double bottom = read_end(cursor, top);
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

double read_y(TextCursor& cursor) {
  if (!cursor.take(' ')) cursor.fail_expected("a space and y");
  cursor.skip_spaces();
  return cursor.number();
}

// What follows "x"; `what` the pairs are.
Polygon read_pairs(TextCursor& cursor, double first_x, const char* what) {
  Polygon pairs = {{first_x, read_y(cursor)}};
  while (cursor.take_spaced(';')) {
    if (pairs.size() == kMaxPairs)
      cursor.fail_at(cursor.at(), text_of("expected at most ", kMaxPairs, " ", what));
    const double x = cursor.number();
    pairs.push_back({x, read_y(cursor)});
  }
  return pairs;
}

Polygon read_corners(TextCursor& cursor, double first_x) {
  Polygon polygon = read_pairs(cursor, first_x, "corners");
  if (polygon.size() < 3) cursor.fail_expected("';' and a corner, three in all at least,");
  return polygon;
}

// "x y;x y".
std::string pairs_text(const Polygon& pairs) {
  std::string text;
  for (const auto& [x, y] : pairs)
    text += text_of(text.empty() ? "" : ";", decimal_text(x), " ", decimal_text(y));
  return text;
}

}  // namespace

Polygon read_region(TextCursor& cursor) {
  cursor.expect('.');
  cursor.choice({"region"});
  cursor.open_bracket();
  const double x = cursor.number();
  Polygon polygon = cursor.take_spaced(',') ? read_rectangle(cursor, x) : read_corners(cursor, x);
  cursor.close_bracket();
  return polygon;
}

std::string region_text(const Polygon& polygon) { return ".region(" + pairs_text(polygon) + ")"; }

Polygon read_places(TextCursor& cursor) {
  cursor.open_bracket();
  const double x = cursor.number();
  Polygon places;
  if (cursor.take_spaced(',')) {
    places = {{x, cursor.number()}};
  } else {
    places = read_pairs(cursor, x, "places");
  }
  cursor.close_bracket();
  return places;
}

std::string places_text(const Polygon& places) {
  if (places.size() != 1) return "(" + pairs_text(places) + ")";
  return text_of("(", decimal_text(places[0][0]), ",", decimal_text(places[0][1]), ")");
}

std::string decimal_text(double number) {
  char text[1100];  // of the smallest and of the largest double
  const auto end = std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed).ptr;
  return std::string(text, end);
}

}  // namespace saccade
