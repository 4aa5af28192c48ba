// Reports as Markdown and as a page.
#include "saccade/study/document.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {
namespace {

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(DocumentTest, BlocksAsMarkdown) {
  const Document page{
      "Title",
      {Paragraph{"A **bold** `word`."}, BulletList{{"one", "two"}}, Heading{"Part"},
       Table{{"", "value"}, {{"a", "1"}}}, Preformatted{"x\n"}, Picture{"a.png", "what"}}};
  EXPECT_EQ(markdown_of(page),
            "# Title\n\nA **bold** `word`.\n\n- one\n- two\n\n## Part\n\n| | value |\n|---|---|\n| "
            "a | 1 |\n\n"
            "```\nx\n```\n\n![what](a.png)\n");
}

TEST(DocumentTest, NoNameBecomesMarkupOfAPage) {
  const Document page{"<script>",
                      {Paragraph{"`<b>` **<i>** & \"it\""}, BulletList{{"<u>"}},
                       Preformatted{"<pre>"}, Table{{"<th>"}, {{"<td>"}}}}};
  const std::string html = html_of(page);
  for (const char* tag : {"<script>", "<b>", "<i>", "<u>"})
    EXPECT_EQ(count_of(html, tag), 0) << tag;
  EXPECT_EQ(count_of(html, "<td>") + count_of(html, "<th>") + count_of(html, "<pre>"), 3);
  EXPECT_NE(
      html.find("<p><code>&lt;b&gt;</code> <strong>&lt;i&gt;</strong> &amp; &quot;it&quot;</p>"),
      html.npos);
}

TEST(DocumentTest, AMarkWithoutItsOtherHalfStays) {
  const std::string html = html_of({"t", {Paragraph{"2 ** 3 ` 4"}, Paragraph{"**a `b` c**"}}});
  EXPECT_NE(html.find("<p>2 ** 3 ` 4</p>"), html.npos);
  EXPECT_NE(html.find("<p><strong>a <code>b</code> c</strong></p>"), html.npos);
}

TEST(DocumentTest, PicturesArePartOfThePage) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "document_test";
  // RFC 4648's vectors.
  for (const auto& [bytes, text] :
       {std::pair("f", "Zg=="), {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
    write_file(folder / "a.png", bytes);
    EXPECT_NE(html_of({"t", {Picture{folder / "a.png", "A \"map\""}}})
                  .find("<img alt=\"A &quot;map&quot;\" src=\"data:image/png;base64," +
                        std::string(text) + "\">"),
              std::string::npos);
  }
  write_file(folder / "a.svg", "\xff\xfe\xfd");
  EXPECT_NE(html_of({"t", {Picture{folder / "a.svg", ""}}}).find("svg+xml;base64,//79\""),
            std::string::npos);
  write_file(folder / "B.PNG", "f");
  EXPECT_NE(html_of({"t", {Picture{folder / "B.PNG", ""}}}).find("image/png;base64,Zg==\""),
            std::string::npos);
  EXPECT_THROW(html_of({"t", {Picture{folder / "none.png", ""}}}), Error);
  EXPECT_THROW(html_of({"t", {Picture{folder / "a.pdf", ""}}}), Error);
}

TEST(DocumentTest, LongTablesAreFolded) {
  Table table{{"n"}, {}};
  for (int i = 0; i < 15; ++i) table.rows.push_back({std::to_string(i)});
  EXPECT_EQ(count_of(html_of({"t", {table}}), "<details>"), 0);
  table.rows.push_back({"15"});
  EXPECT_EQ(count_of(html_of({"t", {table}}), "<details><summary>16 rows</summary>"), 1);
}

}  // namespace
}  // namespace saccade
