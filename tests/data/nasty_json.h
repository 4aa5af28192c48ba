// Random JSON whose records are hard to tell apart by looking at a few bytes.
#pragma once

#include <random>
#include <string>

namespace saccade {

class NastyJson {
 public:
  explicit NastyJson(unsigned seed) : random_(seed) {}

  // A record: an object with texts that look like JSON, and lists of objects in it.
  std::string record(int depth = 0) {
    std::string text = "{" + space();
    const int fields = below(5);
    for (int i = 0; i < fields; ++i) {
      if (i > 0) text += space() + "," + space();
      text += "\"k" + std::to_string(i) + "\"" + space() + ":" + space() + value(depth + 1);
    }
    return text + space() + "}";
  }

  // Records between brackets.
  std::string array(int records) {
    std::string text = "[" + space();
    for (int i = 0; i < records; ++i) text += (i > 0 ? space() + "," + space() : "") + record();
    return text + space() + "]";
  }

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

 private:
  std::string space() {
    static const char* const kSpaces[] = {"", "", "", " ", "\n  ", "\t"};
    return kSpaces[below(6)];
  }

  std::string value(int depth) {
    static const char* const kScalars[] = {"1",          "-2.5e3",          "true",
                                           "null",       R"("},{")",        R"("\"},{\"")",
                                           R"("a\\")",   R"("]}, {\\\"")",  R"("\u007d,{\\")",
                                           R"("ü},{é")", R"("[{")",         R"("}] , {")",
                                           "\"\"",       R"("\\\\\"},  {")"};
    if (depth > 3 || below(3) > 0) return kScalars[below(14)];
    if (below(2) == 0) return record(depth);
    std::string text = "[";
    const int items = below(4);
    for (int i = 0; i < items; ++i) text += (i > 0 ? "," : "") + value(depth + 1);
    return text + "]";
  }

  std::mt19937 random_;
};

}  // namespace saccade
