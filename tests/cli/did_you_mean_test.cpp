// Usage errors in one line, with the word that was probably meant.
#include "saccade/cli/did_you_mean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

using ::testing::Contains;

TEST(SameSpelling, TakesHyphenForUnderscore) {
  EXPECT_TRUE(same_spelling("--from_level", "--from-level"));
  EXPECT_TRUE(same_spelling("--from-level", "--from-level"));
  EXPECT_FALSE(same_spelling("--from-levels", "--from-level"));
  EXPECT_FALSE(same_spelling("--from.level", "--from-level"));
  EXPECT_FALSE(same_spelling("--From-level", "--from-level"));
}

// A program of one command, parsed with these words; the message of the failure.
std::string complaint(std::vector<std::string> words) {
  CLI::App app("test", "saccade");
  app.require_subcommand(1);
  CLI::App* detect = app.add_subcommand("detect", "");
  std::string weights;
  int threads = 0;
  detect->add_option("--weights", weights, "");
  detect->add_option("--threads", threads, "");
  words.insert(words.begin(), "saccade");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  const int argc = static_cast<int>(argv.size());
  try {
    app.parse(argc, argv.data());
  } catch (const CLI::ParseError& error) {
    return usage_message(app, error, argc, argv.data());
  }
  return "parsed";
}

TEST(UsageMessage, NamesTheUnknownWordAndTheLikelyOne) {
  EXPECT_EQ(complaint({"detetc"}), "unknown command detetc; did you mean detect? (saccade --help)");
  EXPECT_EQ(complaint({"zzzzzzzzzz"}), "unknown command zzzzzzzzzz (saccade --help)");
  EXPECT_EQ(complaint({"detect", "--weigths", "a.pth"}),
            "unknown option --weigths of detect; did you mean --weights? (saccade detect --help)");
  EXPECT_EQ(complaint({"detect", "--weigths=a.pth"}),
            "unknown option --weigths of detect; did you mean --weights? (saccade detect --help)");
  EXPECT_EQ(complaint({}), "a command is missing (saccade --help)");
  EXPECT_EQ(complaint({"--nonsense"}), "unknown option --nonsense (saccade --help)");
}

TEST(UsageMessage, NamesACommandOfACommandByBothWords) {
  CLI::App app("test", "saccade");
  app.require_subcommand(1);
  CLI::App* data = app.add_subcommand("data", "");
  data->require_subcommand(1);
  int columns = 0;
  data->add_subcommand("show", "")->add_option("--columns", columns, "");
  const auto message = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "saccade");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    try {
      app.parse(static_cast<int>(argv.size()), argv.data());
    } catch (const CLI::ParseError& error) {
      return usage_message(app, error, static_cast<int>(argv.size()), argv.data());
    }
    return std::string("parsed");
  };
  EXPECT_EQ(message({"data"}), "a command of data is missing (saccade data --help)");
  EXPECT_EQ(message({"data", "shwo", "--columns", "3"}),
            "unknown command shwo of data; did you mean show? (saccade data --help)");
  EXPECT_EQ(message({"data", "--nonsense"}),
            "unknown option --nonsense of data (saccade data --help)");
  EXPECT_EQ(message({"data", "show", "--colums", "3"}),
            "unknown option --colums of data show; did you mean --columns? (saccade data show "
            "--help)");
}

TEST(UsageMessage, IsOneLineForAWrongValue) {
  const std::string text = complaint({"detect", "--threads", "many"});
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_NE(text.find("--threads"), std::string::npos) << text;
  EXPECT_NE(text.find("saccade detect --help"), std::string::npos) << text;
}

TEST(OptionNames, AreTheLongOnes) {
  CLI::App app("test", "saccade");
  CLI::App* detect = app.add_subcommand("detect", "");
  bool quiet = false;
  detect->add_flag("-q,--quiet", quiet, "");
  EXPECT_THAT(option_names(*detect), Contains("--quiet"));
  EXPECT_EQ(find_command(app, "detect"), detect);
  EXPECT_EQ(find_command(app, "detec"), nullptr);
}

}  // namespace
}  // namespace saccade
