// The records of a JSON array, read in slices.
#include "saccade/data/json_records.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/core/prefetch.h"
#include "saccade/data/json_scanner.h"

namespace saccade {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kSlicesPlanned = 64;         // one behind the other, before any is read
constexpr std::int64_t kSlicesAheadPerThread = 3;  // read before their turn
constexpr std::int64_t kFirstSearchBytes = 4096;
constexpr int kMaxWrongGuesses = 2;  // then every slice is cut by walking through it

// The last "}" "," "{" of the text with nothing but white space between: {behind }, at {}.
std::optional<std::pair<std::int64_t, std::int64_t>> last_record_end(std::string_view text) {
  const auto before = [&](std::size_t at) {  // what precedes `at` but for white space, as its end
    while (at > 0 && is_json_space(text[at - 1])) --at;
    return at;
  };
  for (auto at = text.rfind('{'); at != std::string_view::npos && at > 0;
       at = text.rfind('{', at - 1)) {
    const std::size_t comma = before(at);
    if (comma == 0 || text[comma - 1] != ',') continue;
    const std::size_t brace = before(comma - 1);
    if (brace > 0 && text[brace - 1] == '}') return std::pair(brace, at);
  }
  return std::nullopt;
}

struct Slice {
  std::int64_t begin = 0, end = 0, next = 0;  // as RecordCut
};

// What parsing a slice came to.
struct Outcome {
  std::unique_ptr<RecordSink> sink;
  std::int64_t records = 0;  // whole ones
  simdjson::error_code error = simdjson::SUCCESS;
  std::int64_t place = 0;  // of the error; else where the array ended, -1: not in this slice
};

// A buffer and a parser, used again for slice after slice.
class SliceParser {
 public:
  Outcome parse(const JsonFile& file, const Slice& slice, std::unique_ptr<RecordSink> sink) {
    const std::int64_t size = slice.end - slice.begin;
    const auto length = static_cast<std::size_t>(size) + 2;
    if (buffer_.size() < length + simdjson::SIMDJSON_PADDING)
      buffer_.resize(length + simdjson::SIMDJSON_PADDING);
    buffer_[0] = '[';
    file.read(slice.begin, buffer_.data() + 1, size);
    buffer_[length - 1] = ']';
    std::memset(buffer_.data() + length, 0, simdjson::SIMDJSON_PADDING);
    Outcome outcome{.sink = std::move(sink), .place = -1};
    const SlicePlace place{buffer_.data() + 1, slice.begin};
    outcome.error = parse_text(length, place, outcome);
    return outcome;
  }

 private:
  simdjson::error_code parse_text(std::size_t length, const SlicePlace& place, Outcome& outcome) {
    outcome.place = place.offset;
    ondemand::document document;
    if (const auto e = parser_.iterate(buffer_.data(), length, buffer_.size()).get(document))
      return e;
    const simdjson::error_code error = parse_array(document, place, outcome);
    const char* at = nullptr;
    const bool at_end = document.current_location().get(at) != simdjson::SUCCESS;
    const auto inside = [&] { return std::clamp<std::ptrdiff_t>(at - place.text, 0, length - 2); };
    outcome.place = at_end ? -1 : place.offset + inside();
    return error;
  }

  static simdjson::error_code parse_array(ondemand::document& document, const SlicePlace& place,
                                          Outcome& outcome) {
    ondemand::array array;
    if (const auto e = document.get_array().get(array)) return e;
    for (auto element : array) {
      ondemand::value value;
      if (const auto e = element.get(value)) return e;
      if (const auto e = outcome.sink->record(value, place, outcome.records)) return e;
      ++outcome.records;
    }
    return simdjson::SUCCESS;
  }

  std::vector<char> buffer_;
  ondemand::parser parser_;
};

// Parsers that wait for work; there are never more than threads.
class ParserPool {
 public:
  std::unique_ptr<SliceParser> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<SliceParser>();
    auto parser = std::move(idle_.back());
    idle_.pop_back();
    return parser;
  }
  void put_back(std::unique_ptr<SliceParser> parser) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(parser));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<SliceParser>> idle_;
};

const char* reason_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "a text is not UTF-8";
    case simdjson::UNCLOSED_STRING:
    case simdjson::UNESCAPED_CHARS:
      return "a text is not closed or has a line break in it";
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
      return "not enough memory for it";
    default:
      return "a comma, a bracket or a key is missing or one too many";
  }
}

class RecordReader {
 public:
  RecordReader(const RecordArray& array, const SliceOptions& options,
               const RecordHandlers& handlers)
      : array_(array),
        handlers_(handlers),
        threads_(options.threads < 1 ? available_threads() : options.threads),
        slice_bytes_(std::max<std::int64_t>(1, options.slice_bytes)),
        at_(array.begin) {}

  std::int64_t read() {
    std::optional<std::int64_t> end;
    while (!end) end = read_batch();
    return *end;
  }

 private:
  // Reads some slices ahead; where the array ends in one of them, returns the offset behind it.
  std::optional<std::int64_t> read_batch() {
    const std::vector<Slice> slices = plan();
    if (slices.empty()) return read_exactly({at_, at_, at_}, {});
    Prefetcher<Outcome> outcomes(
        static_cast<std::int64_t>(slices.size()), threads_ - 1, threads_ * kSlicesAheadPerThread,
        [&](std::int64_t i) { return parse(slices[i]); }, Reader::kHelps);
    for (const Slice& slice : slices) {
      Outcome outcome = std::move(*outcomes.next());
      // The last slice of a file reaches its end: an array that is still open there is cut off.
      const bool open_at_end = slice.end == array_.file.size() && outcome.place < 0;
      if (outcome.error || open_at_end)
        return read_exactly(slice, outcome);  // what was read behind it is thrown away
      const std::int64_t end = outcome.place;
      accept(slice, outcome);
      if (end >= 0) return end;
    }
    return std::nullopt;
  }

  Outcome parse(const Slice& slice) {
    auto parser = pool_.take();
    Outcome outcome = parser->parse(array_.file, slice, handlers_.make_sink());
    pool_.put_back(std::move(parser));
    return outcome;
  }

  // Slices one behind the other from here on, none where the end of the first cannot be guessed.
  std::vector<Slice> plan() {
    std::vector<Slice> slices;
    for (std::int64_t at = at_; slices.size() < kSlicesPlanned;) {
      const std::optional<Slice> slice =
          wrong_guesses_ < kMaxWrongGuesses ? guess(at) : std::nullopt;
      if (!slice) break;
      slices.push_back(*slice);
      at = slice->next;
      if (slice->end == array_.file.size()) break;
    }
    return slices;
  }

  std::optional<Slice> guess(std::int64_t begin) const {
    const std::int64_t mark = begin + slice_bytes_;
    if (mark >= array_.file.size()) return Slice{begin, array_.file.size(), array_.file.size()};
    std::string text;
    for (std::int64_t size = std::min(kFirstSearchBytes, slice_bytes_);;
         size = std::min(8 * size, slice_bytes_)) {
      text.resize(static_cast<std::size_t>(size));
      array_.file.read(mark - size, text.data(), size);
      if (const auto found = last_record_end(text))
        return Slice{begin, mark - size + found->first, mark - size + found->second};
      if (size == slice_bytes_) return std::nullopt;
    }
  }

  // Cuts and reads the slice that begins where `guessed` does once more.
  std::optional<std::int64_t> read_exactly(const Slice& guessed, const Outcome& failed) {
    ++wrong_guesses_;
    const RecordCut cut = find_cut(guessed, failed);
    const Slice slice{guessed.begin, cut.end, cut.next};
    if (slice.end == guessed.end && !cut.last) fail(guessed, failed);
    Outcome outcome = parse(slice);
    if (outcome.error || outcome.place >= 0) fail(slice, outcome);
    accept(slice, outcome);
    return cut.last ? std::optional(cut.next) : std::nullopt;
  }

  RecordCut find_cut(const Slice& guessed, const Outcome& failed) const {
    JsonScanner scanner(array_.file, guessed.begin);
    try {
      return scanner.find_cut(guessed.begin + slice_bytes_);
    } catch (const Error&) {
      // Where the parser stopped before the end of its text, it knows the place better.
      if (failed.error && failed.place >= 0 && failed.place + 1 < guessed.end)
        fail(guessed, failed);
      throw;
    }
  }

  void accept(const Slice& slice, Outcome& outcome) {
    // Only the first slice may hold no record: before others stands a comma.
    if (outcome.records == 0 && first_ > 0) {
      outcome.place = slice.begin;
      fail(slice, outcome);
    }
    handlers_.take(std::move(outcome.sink), first_, slice.end);
    first_ += outcome.records;
    at_ = slice.next;
  }

  [[noreturn]] void fail(const Slice& slice, const Outcome& outcome) const {
    const std::int64_t byte = outcome.place < 0 ? slice.end : outcome.place;
    throw Error(text_of(array_.file.path().string(), ": ", array_.name, "[",
                        first_ + outcome.records, "] (byte ", byte,
                        ") is no valid JSON: ", reason_of(outcome.error)));
  }

  const RecordArray& array_;
  const RecordHandlers& handlers_;
  const int threads_;
  const std::int64_t slice_bytes_;
  ParserPool pool_;
  std::int64_t at_ = 0;     // where the next slice begins
  std::int64_t first_ = 0;  // index of its first record
  int wrong_guesses_ = 0;
};

}  // namespace

std::int64_t read_records(const RecordArray& array, const SliceOptions& options,
                          const RecordHandlers& handlers) {
  return RecordReader(array, options, handlers).read();
}

}  // namespace saccade
