// The label files of YOLO.
#include "saccade/data/yolo_labels.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// Reads the lines of one file and knows where it stands.
class LabelReader {
 public:
  LabelReader(const std::string& name, int num_classes, int width, int height)
      : name_(name), num_classes_(num_classes), width_(width), height_(height) {}

  // Nothing for a blank line.
  void read_line(std::string_view line, std::vector<LabelledBox>& boxes, std::int64_t& clipped) {
    ++line_;
    split(line);
    const std::size_t n = columns_.size();
    if (n == 0) return;
    if (n == 5) {
      boxes.push_back(box_of_row());
    } else if (n >= 7 && n % 2 == 1) {
      boxes.push_back(outline_of_row());
    } else {
      fail(text_of(n,
                   " columns, expected 5 (class x y width height) or a class and three or more "
                   "points",
                   n == 6 ? "; predictions with a confidence are no labels" : ""));
    }
    LabelledBox& made = boxes.back();
    made.box = rounded(clip_to_image(made.box, width_, height_,
                                     kYoloOvershoot * std::max(width_, height_), clipped));
    if (made.box.width <= 0 || made.box.height <= 0) fail("the box has no area inside the image");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(text_of(name_, ":", line_, ": ", what));
  }

  void split(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r\f\v";
    columns_.clear();
    for (auto begin = line.find_first_not_of(kBlank); begin != line.npos;) {
      const auto end = std::min(line.find_first_of(kBlank, begin), line.size());
      columns_.push_back(line.substr(begin, end - begin));
      begin = line.find_first_not_of(kBlank, end);
    }
  }

  double number(std::size_t column) const {
    const std::string_view text = columns_[column];
    const auto value = parse_number<double>(text);
    if (!value || !std::isfinite(*value))
      fail(text_of("column ", column + 1, " is '", text.substr(0, 40), "', expected a number"));
    return *value;
  }

  double fraction(std::size_t column) const {
    const double value = number(column);
    if (value < -kYoloOvershoot || value > 1 + kYoloOvershoot) {
      fail(text_of("column ", column + 1, " is ", columns_[column].substr(0, 40),
                   ", expected a fraction of the image, 0 to 1",
                   value > 1 ? "; these look like pixels" : ""));
    }
    return std::clamp(value, 0.0, 1.0);
  }

  // Some writers print classes as 3.0.
  int category() const {
    const double value = number(0);
    if (value != std::floor(value) || value < 0 || value >= num_classes_) {
      fail(text_of("class ", columns_[0].substr(0, 40), ", this data set has 0 to ",
                   num_classes_ - 1));
    }
    return static_cast<int>(value);
  }

  LabelledBox box_of_row() const {
    const double w = fraction(3) * width_, h = fraction(4) * height_;
    return {category(), {fraction(1) * width_ - w / 2, fraction(2) * height_ - h / 2, w, h}};
  }

  LabelledBox outline_of_row() const {
    LabelledBox made{category()};
    double x0 = width_, y0 = height_, x1 = 0, y1 = 0;
    for (std::size_t c = 1; c < columns_.size(); c += 2) {
      const double x = rounded(fraction(c) * width_), y = rounded(fraction(c + 1) * height_);
      made.outline.insert(made.outline.end(), {x, y});
      x0 = std::min(x0, x), y0 = std::min(y0, y), x1 = std::max(x1, x), y1 = std::max(y1, y);
    }
    made.box = {x0, y0, x1 - x0, y1 - y0};
    return made;
  }

  // Fractions of six digits are no more exact than this, and the file stays readable.
  static double rounded(double pixels) { return std::round(pixels * 1e4) / 1e4; }
  static BoxXywh rounded(const BoxXywh& box) {
    return {rounded(box.x), rounded(box.y), rounded(box.width), rounded(box.height)};
  }

  const std::string& name_;
  int num_classes_, width_, height_;
  std::int64_t line_ = 0;
  std::vector<std::string_view> columns_;
};

std::string digits(double number) {
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::general, 9).ptr;
  return {buffer, end};
}

}  // namespace

std::vector<LabelledBox> parse_yolo_labels(std::string_view text, const std::string& name,
                                           int num_classes, int width, int height,
                                           std::int64_t& clipped) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  LabelReader reader(name, num_classes, width, height);
  std::vector<LabelledBox> boxes;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    reader.read_line(text.substr(0, end), boxes, clipped);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return boxes;
}

std::string yolo_labels_text(const LabelledImage& image) {
  std::string text;
  for (const auto& [category, box, outline, ignored] : image.boxes) {
    text += text_of(category, " ", digits((box.x + box.width / 2) / image.width), " ",
                    digits((box.y + box.height / 2) / image.height), " ",
                    digits(box.width / image.width), " ", digits(box.height / image.height), "\n");
  }
  return text;
}

fs::path yolo_label_path(const fs::path& image) {
  std::vector<fs::path> parts(image.begin(), image.end());
  const auto last = std::find(parts.rbegin() + 1, parts.rend(), fs::path("images"));
  if (last != parts.rend()) *last = "labels";
  fs::path path;
  for (const fs::path& part : parts) path /= part;
  return path.replace_extension(".txt");
}

}  // namespace saccade
