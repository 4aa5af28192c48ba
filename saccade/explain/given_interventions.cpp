// The interventions that a command was given.
#include "saccade/explain/given_interventions.h"

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/intervention_text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

Intervention parse_word(const std::string& word, const std::string& option) {
  try {
    return parse_intervention(word);
  } catch (const UsageError& error) {
    throw UsageError(text_of(option, ": ", error.what()));
  }
}

GivenInterventions::Source read_source(const std::string& word, const std::string& option) {
  std::error_code ignored;
  if (!fs::exists(word, ignored))
    throw UsageError(text_of(option, ": ", one_line(word),
                             " is no file, and no intervention, which has a '=': such as "
                             "dec.3.cross.head5=off"));
  return {word, read_intervention_file(word)};
}

}  // namespace

GivenInterventions read_interventions(const std::vector<std::string>& words,
                                      const std::string& option) {
  GivenInterventions given;
  for (const std::string& word : words) {
    if (word.find('=') != std::string::npos) {
      given.interventions.push_back(parse_word(word, option));
      continue;
    }
    given.files.push_back(read_source(word, option));
    for (const std::string& text : given.files.back().file.interventions)
      given.interventions.push_back(parse_intervention(text));
  }
  return given;
}

}  // namespace saccade
