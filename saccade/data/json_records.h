// The records of a JSON array, read in slices: files of any size in a few MB of memory.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "saccade/data/json_file.h"

namespace saccade {

// Where the text of a slice lies in the file.
struct SlicePlace {
  const char* text = nullptr;  // its first record in memory
  std::int64_t offset = 0;     // the same byte in the file

  std::int64_t file_offset(const char* at) const { return offset + (at - text); }
};

// Takes up the records of one slice. A slice may be read in vain (it began at a wrong guess, or the
// array had ended before it), so a sink keeps what it finds, faults too, until it is taken.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // Record `index` of the slice, from 0. Returns simdjson's error where the text is no valid JSON;
  // values of a wrong kind are the sink's own matter.
  virtual simdjson::error_code record(simdjson::ondemand::value& value, const SlicePlace& place,
                                      std::int64_t index) = 0;
};

struct RecordArray {
  const JsonFile& file;
  std::string name;        // for messages: "annotations"; may be empty
  std::int64_t begin = 0;  // the byte behind its '['
};

struct SliceOptions {
  int threads = 0;  // < 1: all
  std::int64_t slice_bytes = 1 << 18;
};

struct RecordHandlers {
  // Called on any thread.
  std::function<std::unique_ptr<RecordSink>()> make_sink;
  // Called on the caller's thread, slice by slice in the file's order; `first` is the index in the
  // array of the slice's record 0, `end` the byte of the file the slices up to this one reach.
  std::function<void(std::unique_ptr<RecordSink>, std::int64_t first, std::int64_t end)> take;
};

// Reads the array; returns the offset behind its ']'. Throws Error that names file, index and byte
// where the array is cut off or no valid JSON, and what `take` throws.
//
// A slice ends where a record seems to end ("}," before "{"). When that place lies inside a record or
// a text, a bracket or a quote of the slice stays open, so a wrong guess always shows; the place is
// then found by walking through the slice byte by byte. Slices are read ahead on several threads.
std::int64_t read_records(const RecordArray& array, const SliceOptions& options,
                          const RecordHandlers& handlers);

}  // namespace saccade
