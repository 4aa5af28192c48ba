// Texts of interventions: the canonical text of what is read reads back to the same change. Files of them, which begin
// with '{', are read as well.
#include "saccade/explain/intervention_check.h"
#include "saccade/explain/intervention_file.h"
#include "saccade/explain/intervention_text.h"
#include "saccade/explain/intervention_words.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

void check_file(std::string_view input) {
  static const InputFolder folder;
  static InputFile file;
  const InterventionFile read = read_intervention_file(file.with(input));
  const std::filesystem::path written = folder.path() / "written.json";
  write_intervention_file(written, read);
  require(read_intervention_file(written) == read, "a written file reads back to the same");
}

}  // namespace

void check_input(std::string_view input) {
  if (input.starts_with('{')) return check_file(input);
  const Intervention one = parse_intervention(input);
  const std::string text = canonical_text(one.change);
  const Intervention again = parse_intervention(text);
  require(again.change == one.change, "the canonical text reads back to the same change");
  require(canonical_text(again.change) == text, "the canonical text is one");
  require(!intervention_words(one.change).empty(), "every change has words");
  check_interventions({one}, {});
}

}  // namespace saccade::fuzz
