// Usage errors in one line.
#include "saccade/cli/did_you_mean.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/nearest_word.h"
#include "saccade/core/one_line.h"

namespace saccade {
namespace {

// The command that was named, and where its own arguments begin.
struct ChosenCommand {
  const CLI::App* command = nullptr;
  int next = 1;
};

ChosenCommand chosen_command(const CLI::App& app, int argc, char** argv) {
  ChosenCommand chosen{&app};
  for (int i = 1; i < argc; ++i) {
    if (const CLI::App* deeper = find_command(*chosen.command, argv[i])) chosen = {deeper, i + 1};
  }
  return chosen;
}

// "data show", as it is typed after the program's name.
std::string words_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return "";
  const std::string before = words_of(*parent);
  return before.empty() ? command.get_name() : before + " " + command.get_name();
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
      return text_of("unknown option ", name, " of ", words_of(command),
                     suggestion(nearest_word(name, known)));
    }
  }
  return "";
}

}  // namespace

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
  const auto [command, next] = chosen_command(app, argc, argv);
  const std::string words = words_of(*command);
  const std::string help = text_of(" (saccade ", words, words.empty() ? "" : " ", "--help)");
  const std::vector<std::string> deeper = command_names(*command);
  if (deeper.empty()) {
    const std::string unknown = unknown_option(*command, argc, argv);
    return (unknown.empty() ? first_line(error.what()) : unknown) + help;
  }
  const std::string of = words.empty() ? "" : " of " + words;
  for (int i = next; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    return text_of("unknown command ", argv[i], of, suggestion(nearest_word(argv[i], deeper)),
                   help);
  }
  if (next < argc) return text_of("unknown option ", argv[next], of, help);
  return text_of("a command", of, " is missing", help);
}

}  // namespace saccade
