// Reads annotation files of Pascal VOC.
#include "saccade/data/voc_annotation.h"

#include <algorithm>
#include <cmath>
#include <pugixml.hpp>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/parse_number.h"
#include "saccade/data/labelled_set.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxXmlBytes = 16 << 20;

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

// "utf-8" of <?xml version="1.0" encoding="utf-8"?>, in small letters; empty where none is declared.
std::string declared_encoding(std::string_view xml) {
  const std::string_view head = xml.substr(0, xml.find("?>"));
  auto at = head.starts_with("<?xml") ? head.find("encoding") : head.npos;
  if (at == head.npos) return {};
  at = head.find_first_of("\"'", at);
  if (at == head.npos) return {};
  std::string name(head.substr(at + 1, head.find(head[at], at + 1) - at - 1));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return name;
}

// pugixml takes what it does not know for UTF-8; names would come out wrong without a word.
void check_encoding(const std::string& name, const std::string& xml) {
  static constexpr std::string_view kKnown[] = {
      "", "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "iso-8859-1", "latin1", "utf-32"};
  const std::string encoding = declared_encoding(xml);
  if (std::find(std::begin(kKnown), std::end(kKnown), encoding) == std::end(kKnown)) {
    throw Error(text_of(name, ": encoding '", encoding.substr(0, 40),
                        "' is not read; convert it to UTF-8 first (iconv)"));
  }
}

// One element and the words to name it by.
struct Element {
  const pugi::xml_node node;
  const std::string where;  // "a.xml: object 3"

  [[noreturn]] void fail(const std::string& what) const { throw Error(text_of(where, ": ", what)); }

  Element child(const char* name) const {
    const pugi::xml_node found = node.child(name);
    if (!found) fail(text_of("<", name, "> is missing"));
    return {found, text_of(where, ": ", name)};
  }

  std::string text() const { return checked_utf8(trimmed(node.text().get()), where); }

  double number() const {
    const std::string word = text();
    const auto value = parse_number<double>(word);
    if (!value || !std::isfinite(*value) || std::abs(*value) > 1e9)
      fail(text_of("is '", word.substr(0, 40), "', expected a number"));
    return *value;
  }
};

BoxXywh read_box(const Element& bndbox, bool one_based) {
  const double x0 = bndbox.child("xmin").number(), y0 = bndbox.child("ymin").number();
  const double x1 = bndbox.child("xmax").number(), y1 = bndbox.child("ymax").number();
  if (x1 < x0) bndbox.fail(text_of("xmax (", x1, ") is less than xmin (", x0, ")"));
  if (y1 < y0) bndbox.fail(text_of("ymax (", y1, ") is less than ymin (", y0, ")"));
  const double first = one_based ? 1 : 0;
  return {x0 - first, y0 - first, x1 - x0 + first, y1 - y0 + first};
}

int read_length(const Element& size, const char* name) {
  const Element length = size.child(name);
  const double value = length.number();
  if (value != std::floor(value) || value < 1 || value > kMaxImagePixels)
    length.fail(text_of("is ", length.text(), ", expected a number of pixels"));
  return static_cast<int>(value);
}

VocObject read_object(const Element& object, bool one_based) {
  VocObject made{object.child("name").text(), read_box(object.child("bndbox"), one_based)};
  if (made.name.empty()) object.fail("<name> is empty");
  const std::string difficult = trimmed(object.node.child("difficult").text().get());
  if (!difficult.empty() && difficult != "0" && difficult != "1")
    object.fail(text_of("difficult is '", difficult.substr(0, 40), "', expected 0 or 1"));
  made.difficult = difficult == "1";
  return made;
}

}  // namespace

VocAnnotation parse_voc_annotation(const std::string& xml, const std::string& name,
                                   bool one_based) {
  check_encoding(name, xml);
  pugi::xml_document document;
  // Entities other than the five of XML stay as they are typed; nothing outside the file is read.
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    const auto at = std::min<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0), xml.size());
    const auto line =
        1 + std::count(xml.begin(), xml.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    throw Error(text_of(name, ":", line, ": no valid XML: ", parsed.description()));
  }
  const Element annotation{document.child("annotation"), name};
  if (!annotation.node) annotation.fail("is no VOC annotation: it has no <annotation>");
  VocAnnotation made;
  made.file_name = checked_utf8(trimmed(annotation.node.child("filename").text().get()), name);
  const Element size = annotation.child("size");
  made.width = read_length(size, "width");
  made.height = read_length(size, "height");
  check_image_size(made.width, made.height, size.where);
  int position = 0;
  for (const pugi::xml_node object : annotation.node.children("object")) {
    const Element element{object, text_of(name, ": object ", ++position)};
    made.objects.push_back(read_object(element, one_based));
  }
  return made;
}

VocAnnotation read_voc_annotation(const fs::path& path, bool one_based) {
  return parse_voc_annotation(read_file(path, kMaxXmlBytes), path.string(), one_based);
}

}  // namespace saccade
