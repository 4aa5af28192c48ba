// Usage errors in one line.
#include "saccade/cli/did_you_mean.h"

#include <algorithm>
#include <numeric>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// Levenshtein distance.
int edits_between(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

const CLI::App* chosen_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* command = nullptr;
  for (int i = 1; i < argc; ++i) {
    if (const CLI::App* deeper = find_command(command != nullptr ? *command : app, argv[i]))
      command = deeper;
  }
  return command;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::string suggestion(const std::string& nearest) {
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

// The first argument the command does not know, with a suggestion; empty where all are known.
std::string unknown_option(const CLI::App& command, int argc, char** argv) {
  const auto known = option_names(command);
  for (int i = 1; i < argc; ++i) {
    const std::string word(argv[i]);
    if (word.rfind("--", 0) != 0 || word == "--") continue;
    const std::string name = word.substr(0, word.find('='));
    const bool is_known = std::any_of(known.begin(), known.end(),
                                      [&](const std::string& k) { return same_spelling(name, k); });
    if (!is_known) {
      return text_of("unknown option ", name, " of ", command.get_name(),
                     suggestion(nearest_word(name, known)));
    }
  }
  return "";
}

}  // namespace

std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  int best_edits = static_cast<int>(word.size()) / 3 + 2;
  for (const std::string& candidate : candidates) {
    const int edits = edits_between(word, candidate);
    if (edits < best_edits) {
      best_edits = edits;
      best = candidate;
    }
  }
  return best;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool same_spelling(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x == '_' ? '-' : x) == (y == '_' ? '-' : y); });
}

std::string usage_message(const CLI::App& app, const CLI::ParseError& error, int argc,
                          char** argv) {
  const CLI::App* command = chosen_command(app, argc, argv);
  if (command != nullptr) {
    const std::string unknown = unknown_option(*command, argc, argv);
    return (unknown.empty() ? first_line(error.what()) : unknown) + " (saccade " +
           command->get_name() + " --help)";
  }
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    return text_of("unknown command ", argv[i],
                   suggestion(nearest_word(argv[i], command_names(app))), " (saccade --help)");
  }
  return argc > 1 ? text_of("unknown option ", argv[1], " (saccade --help)")
                  : std::string("a command is missing (saccade --help)");
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace saccade
