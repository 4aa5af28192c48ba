// A report as blocks, which are written out as Markdown or as one self-contained page.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace saccade {

// Texts may hold `code` and **bold** words, as in Markdown; nothing else is markup.
struct Heading {
  std::string text;
};
struct Paragraph {
  std::string text;
};
struct BulletList {
  std::vector<std::string> items;
};
struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  // as long as the head
};
// Lines as a terminal shows them.
struct Preformatted {
  std::string text;
};
struct Picture {
  std::filesystem::path file;  // .png or .svg
  std::string caption;
};
using Block = std::variant<Heading, Paragraph, BulletList, Table, Preformatted, Picture>;

struct Document {
  std::string title;
  std::vector<Block> blocks;
};

std::string markdown_of(const Document& document);

// Pictures are part of the page, which needs no other file, no script and no network. Throws Error where a picture cannot
// be read or is of another kind.
std::string html_of(const Document& document);

// Whether a page can show this kind of picture, by its name.
bool can_be_shown(const std::filesystem::path& picture);

}  // namespace saccade
