// Reads a COCO annotation file and looks up the ids of its records.
#include "saccade/data/coco_loader.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/parallel.h"

namespace saccade {
namespace {

// Outlines and boxes are allowed to stick out of the image by rounding.
constexpr double kOutsidePx = 1.0;

// Ids met so far. Small numbers are bits, so that a million ids cost little.
class SeenIds {
 public:
  explicit SeenIds(std::int64_t count) : bits_(static_cast<std::size_t>(count + 64)) {}

  bool is_new(std::int64_t number) {
    const auto at = static_cast<std::uint64_t>(number);
    if (at / 64 >= bits_.size()) return numbers_.insert(number).second;
    const std::uint64_t bit = std::uint64_t{1} << (at % 64);
    const bool fresh = (bits_[at / 64] & bit) == 0;
    bits_[at / 64] |= bit;
    return fresh;
  }
  bool is_new(const std::string& text) { return texts_.insert(text).second; }

 private:
  std::vector<std::uint64_t> bits_;
  std::unordered_set<std::int64_t> numbers_;
  std::unordered_set<std::string> texts_;
};

// Puts records in the order of their ids; calls `on_twice` for the later ones of the same id and
// leaves them out.
template <typename Record, typename OnTwice>
std::vector<Record> in_order(std::vector<IndexedRecord<Record>>& records, const OnTwice& on_twice) {
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.record.id < b.record.id; });
  std::vector<Record> ordered;
  ordered.reserve(records.size());
  for (auto& [record, index] : records) {
    if (!ordered.empty() && ordered.back().id == record.id) {
      on_twice(record, index);
    } else {
      ordered.push_back(std::move(record));
    }
  }
  records = {};
  return ordered;
}

template <typename Record>
std::vector<RecordId> ids_of(const std::vector<Record>& records) {
  std::vector<RecordId> ids;
  ids.reserve(records.size());
  for (const Record& record : records) ids.push_back(record.id);
  return ids;
}

// The texts of a field come once each; `name` is looked up in those seen so far.
template <typename Record, typename Name, typename OnTwice>
void find_twice(const std::vector<IndexedRecord<Record>>& records, const Name& name,
                const OnTwice& on_twice) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(records.size());
  for (const auto& [record, index] : records) {
    const std::string& text = name(record);
    if (!text.empty() && !seen.insert(text).second) on_twice(record, index);
  }
}

RecordId staged_id(const StagedAnnotation& staged, StagedAnnotation::Field field,
                   std::int64_t number, const std::vector<std::string>& texts) {
  if ((staged.text_fields & field) == 0) return {number, {}};
  return {0, texts[static_cast<std::size_t>(number)]};
}

bool reaches_out(const BoxXywh& box, const CocoImage& image) {
  if (image.width == 0 || image.height == 0) return false;
  return box.x < -kOutsidePx || box.y < -kOutsidePx ||
         box.x + box.width > image.width + kOutsidePx ||
         box.y + box.height > image.height + kOutsidePx;
}

std::int64_t sum_of_records(const auto& chunks) {
  std::int64_t sum = 0;
  for (const auto& chunk : chunks) sum += static_cast<std::int64_t>(chunk.records.size());
  return sum;
}

}  // namespace

CocoLoader::CocoLoader(const std::filesystem::path& path, SliceOptions options)
    : file_(std::make_shared<JsonFile>(path)), options_(options) {}

CocoFile CocoLoader::load() {
  read_file();
  data_.path_ = file_->path();
  data_.file_ = file_;
  place_images();
  place_categories();
  look_up_annotations();
  place_annotations();
  const std::int64_t count = problems_.count(), breaking = problems_.breaking();
  return {std::move(data_), problems_.take(), count, breaking};
}

void CocoLoader::read_file() {
  JsonScanner scanner(*file_, 0);
  scanner.skip_byte_order_mark();
  const std::string path = file_->path().string();
  if (scanner.peek() == '[') {
    throw Error(text_of(path,
                        ": no COCO annotation file: it is a list (of results?), an object with ",
                        "images, annotations and categories was expected"));
  }
  if (scanner.peek() != '{') {
    throw Error(text_of(path, file_->size() == 0 ? ": is empty (0 bytes)" : ": is no JSON object",
                        "; a COCO annotation file was expected"));
  }
  scanner.expect('{', "the file");
  if (scanner.peek() == '}') {
    scanner.expect('}', "the file");
  } else {
    read_member(scanner);
    while (scanner.peek() == ',') {
      scanner.expect(',', "the file");
      read_member(scanner);
    }
    scanner.expect('}', "the object of the file");
  }
  scanner.expect_end();
  const auto has = [&](const char* name) { return std::ranges::count(arrays_, name) > 0; };
  if (!has("images"))
    throw Error(text_of(path, ": no COCO annotation file: it has no list 'images'"));
  for (const char* name : {"categories", "annotations"}) {
    if (!has(name)) problems_.add(file_->name(), text_of("has no list '", name, "'"), true);
  }
}

void CocoLoader::read_member(JsonScanner& scanner) {
  const std::string key = scanner.raw_string();
  scanner.expect(':', "the object of the file");
  if (key != "images" && key != "annotations" && key != "categories") return scanner.skip_value();
  const std::string path = file_->path().string();
  if (std::ranges::count(arrays_, key) > 0)
    throw Error(text_of(path, ": has '", key, "' twice (byte ", scanner.offset(), ")"));
  if (scanner.peek() != '[')
    throw Error(text_of(path, ": '", key, "' is no list (byte ", scanner.offset(), ")"));
  scanner.expect('[', key.c_str());
  arrays_.push_back(key);
  scanner.move_to(read_array(key, scanner.offset()));
}

std::int64_t CocoLoader::read_array(const std::string& name, std::int64_t begin) {
  const RecordArray array{*file_, name, begin};
  // One handler per kind of record: its sink, and where its records go.
  const auto read = [&]<typename Sink>(const auto& keep) {
    return read_records(
        array, options_,
        {.make_sink = [] { return std::make_unique<Sink>(); },
         .take =
             [&](std::unique_ptr<RecordSink> sink, std::int64_t first, std::int64_t) {
               Sink& taken = static_cast<Sink&>(*sink);
               take_faults(name, taken, first);
               keep(taken, first);
             }});
  };
  const auto append = [](auto& to, auto& from, std::int64_t first) {
    for (auto& indexed : from) to.push_back({std::move(indexed.record), indexed.index + first});
  };
  if (name == "images") {
    return read.operator()<ImageSink>(
        [&](ImageSink& sink, std::int64_t first) { append(images_, sink.records, first); });
  }
  if (name == "categories") {
    return read.operator()<CategorySink>(
        [&](CategorySink& sink, std::int64_t first) { append(categories_, sink.records, first); });
  }
  return read.operator()<AnnotationSink>([&](AnnotationSink& sink, std::int64_t first) {
    chunks_.push_back({first, std::move(sink.records), std::move(sink.texts), {}});
  });
}

std::string CocoLoader::where(const char* array, std::int64_t index, const std::string& id) const {
  std::string text = text_of(file_->name(), ": ", array, "[", index, "]");
  if (!id.empty()) text += " (id " + id + ")";
  return text;
}

void CocoLoader::take_faults(const std::string& array, FaultKeeper& sink, std::int64_t first) {
  for (RecordFault& fault : sink.faults) {
    problems_.add(where(array.c_str(), first + fault.index, fault.id), std::move(fault.what),
                  fault.breaks);
  }
  problems_.count_only(sink.more_faults, sink.more_breaking);
}

void CocoLoader::place_images() {
  const auto problem = [&](const CocoImage& image, std::int64_t index, std::string what,
                           bool breaks) {
    problems_.add(where("images", index, id_text(image.id)), std::move(what), breaks);
  };
  find_twice(
      images_, [](const CocoImage& image) -> const std::string& { return image.file_name; },
      [&](const CocoImage& image, std::int64_t index) {
        problem(image, index,
                text_of("another image has the file_name ", json_quote(image.file_name), " too"),
                false);
      });
  data_.images_ = in_order(images_, [&](const CocoImage& image, std::int64_t index) {
    problem(image, index, "an earlier image has the same id", true);
  });
  data_.image_index_.build(ids_of(data_.images_));
}

void CocoLoader::place_categories() {
  const auto problem = [&](const CocoCategory& category, std::int64_t index, std::string what,
                           bool breaks) {
    problems_.add(where("categories", index, id_text(category.id)), std::move(what), breaks);
  };
  find_twice(
      categories_, [](const CocoCategory& category) -> const std::string& { return category.name; },
      [&](const CocoCategory& category, std::int64_t index) {
        problem(category, index,
                text_of("another category has the name ", json_quote(category.name), " too"),
                false);
      });
  data_.categories_ = in_order(categories_, [&](const CocoCategory& category, std::int64_t index) {
    problem(category, index, "an earlier category has the same id", true);
  });
  data_.category_index_.build(ids_of(data_.categories_));
}

// Of annotations with one id the first in the file counts.
void CocoLoader::mark_twice() {
  SeenIds seen(sum_of_records(chunks_));
  for (Chunk& chunk : chunks_) {
    for (StagedAnnotation& staged : chunk.records) {
      const bool is_text = (staged.text_fields & StagedAnnotation::kId) != 0;
      staged.is_twice = !(is_text ? seen.is_new(chunk.texts[static_cast<std::size_t>(staged.id)])
                                  : seen.is_new(staged.id));
    }
  }
}

// Turns image and category into indices; false for an annotation to be left out.
bool CocoLoader::look_up(Chunk& chunk, StagedAnnotation& staged) const {
  const auto index_of = [&](const IdIndex& index, StagedAnnotation::Field field,
                            std::int64_t number) {
    return (staged.text_fields & field) != 0
               ? index.find(std::string_view(chunk.texts[static_cast<std::size_t>(number)]))
               : index.find(number);
  };
  const auto leave_out = [&](Fault fault) {
    chunk.faulty.push_back({staged, fault});
    return false;
  };
  if (staged.is_twice) return leave_out(Fault::kTwice);
  const int image = index_of(data_.image_index_, StagedAnnotation::kImage, staged.image);
  if (image < 0) return leave_out(Fault::kNoImage);
  const int category =
      index_of(data_.category_index_, StagedAnnotation::kCategory, staged.category);
  if (category < 0) return leave_out(Fault::kNoCategory);
  staged.image = image;
  staged.category = category;
  if (reaches_out(staged.box, data_.images_[static_cast<std::size_t>(image)]))
    chunk.faulty.push_back({staged, Fault::kOutside});
  return true;
}

void CocoLoader::look_up_annotations() {
  mark_twice();
  parallel_for(static_cast<std::int64_t>(chunks_.size()), options_.threads, [&](std::int64_t i) {
    std::erase_if(chunks_[i].records,
                  [&](StagedAnnotation& staged) { return !look_up(chunks_[i], staged); });
  });
  for (const Chunk& chunk : chunks_) {
    for (const FaultyAnnotation& faulty : chunk.faulty) report(chunk, faulty);
  }
}

std::string CocoLoader::text_of_fault(const Chunk& chunk, const FaultyAnnotation& faulty) const {
  const StagedAnnotation& staged = faulty.staged;
  const BoxXywh& box = staged.box;
  switch (faulty.fault) {
    case Fault::kTwice:
      return "an earlier annotation has the same id";
    case Fault::kNoImage:
      return text_of(
          "image_id ",
          id_text(staged_id(staged, StagedAnnotation::kImage, staged.image, chunk.texts)),
          " is not among the images");
    case Fault::kNoCategory:
      return text_of(
          "category_id ",
          id_text(staged_id(staged, StagedAnnotation::kCategory, staged.category, chunk.texts)),
          " is not among the categories");
    case Fault::kOutside:
      break;
  }
  const CocoImage& image = data_.images_[static_cast<std::size_t>(staged.image)];
  return text_of("bbox [", box.x, ", ", box.y, ", ", box.width, ", ", box.height,
                 "] reaches out of its image of ", image.width, " x ", image.height);
}

void CocoLoader::report(const Chunk& chunk, const FaultyAnnotation& faulty) {
  const bool breaks = faulty.fault != Fault::kOutside;
  if (!problems_.keeps(breaks)) return problems_.count_only(1, breaks ? 1 : 0);
  const StagedAnnotation& staged = faulty.staged;
  const RecordId id = staged_id(staged, StagedAnnotation::kId, staged.id, chunk.texts);
  problems_.add(where("annotations", chunk.first + staged.index, id_text(id)),
                text_of_fault(chunk, faulty), breaks);
}

// By image, in the file's order; slices are given up as they are emptied.
void CocoLoader::place_annotations() {
  std::vector<std::int64_t>& first = data_.first_of_image_;
  first.assign(data_.images_.size() + 1, 0);
  for (const Chunk& chunk : chunks_) {
    for (const StagedAnnotation& staged : chunk.records) ++first[staged.image + 1];
  }
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::int64_t> next(first.begin(), first.end() - 1);
  data_.annotations_.resize(static_cast<std::size_t>(first.back()));
  for (Chunk& chunk : chunks_) {
    for (const StagedAnnotation& staged : chunk.records) {
      CocoAnnotation& to = data_.annotations_[static_cast<std::size_t>(next[staged.image]++)];
      if ((staged.text_fields & StagedAnnotation::kId) == 0) {
        to.id.number = staged.id;
      } else {
        to.id.text = std::move(chunk.texts[static_cast<std::size_t>(staged.id)]);
      }
      to.image = static_cast<std::int32_t>(staged.image);
      to.category = static_cast<std::int32_t>(staged.category);
      to.is_crowd = staged.is_crowd;
      to.box = staged.box;
      to.area = staged.area;
      to.segmentation = staged.segmentation;
    }
    chunk = {};
  }
}

CocoFile load_coco(const std::filesystem::path& path, int threads) {
  return CocoLoader(path, {.threads = threads}).load();
}

CocoDataSet load_whole_coco(const std::filesystem::path& path, int threads) {
  CocoFile file = load_coco(path, threads);
  for (const DataProblem& problem : file.problems) {
    if (!problem.breaks) continue;
    std::string more;
    if (file.breaking_count > 1)
      more = text_of(" (and ", file.breaking_count - 1,
                     " more such problems: `saccade data check` lists them)");
    throw Error(problem.line() + more);
  }
  return std::move(file.data);
}

}  // namespace saccade
