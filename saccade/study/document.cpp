// Reports as Markdown and as a page.
#include "saccade/study/document.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/markup.h"

namespace saccade {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

// Longer tables are folded on a page.
constexpr std::size_t kLongTable = 16;

constexpr const char* kStyle =
    ":root{color-scheme:light "
    "dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--code:#f3f4f6}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#9aa4af;--line:#3a424c;--paper:#"
    "14171b;"
    "--code:#20252b}}\n"
    "body{margin:2rem auto;max-width:72rem;padding:0 "
    "1.5rem;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.7rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2.2rem;"
    "border-bottom:1px solid var(--line);padding-bottom:.25rem}\n"
    "code,pre{font:.875em/1.45 ui-monospace,monospace;background:var(--code);border-radius:4px;"
    "overflow-wrap:anywhere}code{padding:.1em .3em}pre{padding:.8rem 1rem;overflow-x:auto}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-"
    "size:.92rem;"
    "margin:.6rem 0}\n"
    "th,td{padding:.25rem .9rem .25rem 0;text-align:right;border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child{text-align:left}td:not(:first-child){white-space:nowrap}th{"
    "color:var(--soft);font-weight:600}\n"
    "figure{display:inline-block;vertical-align:top;max-width:100%;margin:1.2rem 1rem 1.2rem "
    "0}img{max-width:100%;max-height:44rem;background:#fff}figcaption,summary{color:var(--soft)}"
    "summary{cursor:pointer}\n";

// `code` and **bold**; a mark without its other half stays what it is.
std::string inline_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool bold = text.starts_with("**");
    const std::string_view mark = bold ? "**" : "`";
    const std::size_t end =
        bold || text.starts_with('`') ? text.find(mark, mark.size()) : text.npos;
    if (end != text.npos) {
      const std::string_view inner = text.substr(mark.size(), end - mark.size());
      out += bold ? "<strong>" + inline_html(inner) + "</strong>"
                  : "<code>" + markup_text(inner) + "</code>";
      text.remove_prefix(end + mark.size());
    } else {
      out += markup_text(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= count ? kLetters[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

// Of a picture that a page can show, by the suffix of its name; empty for another.
const char* image_type(const std::filesystem::path& picture) {
  std::string suffix = picture.extension().string();
  for (char& c : suffix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return suffix == ".png" ? "png" : suffix == ".svg" ? "svg+xml" : "";
}

std::string picture_html(const Picture& picture) {
  if (!can_be_shown(picture.file))
    throw Error(picture.file.string() + ": a page shows .png and .svg");
  const std::string caption = inline_html(picture.caption);
  return text_of("<figure><img alt=\"", markup_text(picture.caption), "\" src=\"data:image/",
                 image_type(picture.file), ";base64,", base64(read_file(picture.file)),
                 "\"><figcaption>", caption, "</figcaption></figure>\n");
}

std::string row_html(const std::vector<std::string>& cells, const char* tag) {
  std::string out = "<tr>";
  for (const std::string& cell : cells)
    out += text_of("<", tag, ">", inline_html(cell), "</", tag, ">");
  return out + "</tr>\n";
}

std::string table_html(const Table& table) {
  std::string out =
      "<div class=\"wide\"><table>\n<thead>" + row_html(table.head, "th") + "</thead><tbody>\n";
  for (const auto& row : table.rows) out += row_html(row, "td");
  out += "</tbody></table></div>\n";
  if (table.rows.size() < kLongTable) return out;
  return text_of("<details><summary>", table.rows.size(), " rows</summary>\n", out, "</details>\n");
}

std::string list_html(const BulletList& list) {
  std::string out = "<ul>\n";
  for (const std::string& item : list.items) out += "<li>" + inline_html(item) + "</li>\n";
  return out + "</ul>\n";
}

std::string row_markdown(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& cell : cells) out += cell.empty() ? " |" : " " + cell + " |";
  return out + "\n";
}

std::string table_markdown(const Table& table) {
  std::string out = row_markdown(table.head) + "|";
  for (std::size_t i = 0; i < table.head.size(); ++i) out += "---|";
  out += "\n";
  for (const auto& row : table.rows) out += row_markdown(row);
  return out;
}

std::string list_markdown(const BulletList& list) {
  std::string out;
  for (const std::string& item : list.items) out += "- " + item + "\n";
  return out;
}

}  // namespace

bool can_be_shown(const std::filesystem::path& picture) { return *image_type(picture) != '\0'; }

std::string markdown_of(const Document& document) {
  std::string out = "# " + document.title + "\n";
  const Overloaded block{
      [](const Heading& of) { return "## " + of.text + "\n"; },
      [](const Paragraph& of) { return of.text + "\n"; },
      [](const BulletList& of) { return list_markdown(of); },
      [](const Table& of) { return table_markdown(of); },
      [](const Preformatted& of) { return "```\n" + of.text + "```\n"; },
      [](const Picture& of) { return "![" + of.caption + "](" + of.file.string() + ")\n"; }};
  for (const Block& one : document.blocks) out += "\n" + std::visit(block, one);
  return out;
}

std::string html_of(const Document& document) {
  std::string out = text_of(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      markup_text(document.title), "</title>\n<style>\n", kStyle, "</style></head><body>\n<h1>",
      inline_html(document.title), "</h1>\n");
  const Overloaded block{
      [](const Heading& of) { return "<h2>" + inline_html(of.text) + "</h2>\n"; },
      [](const Paragraph& of) { return "<p>" + inline_html(of.text) + "</p>\n"; },
      [](const BulletList& of) { return list_html(of); },
      [](const Table& of) { return table_html(of); },
      [](const Preformatted& of) { return "<pre>" + markup_text(of.text) + "</pre>\n"; },
      [](const Picture& of) { return picture_html(of); }};
  for (const Block& one : document.blocks) out += std::visit(block, one);
  return out + "</body></html>\n";
}

}  // namespace saccade
