// Reads a COCO annotation file.
#include "saccade/data/coco_loader.h"

#include <algorithm>
#include <unordered_set>

#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/parallel.h"

namespace saccade {
namespace {

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

}  // namespace

CocoLoader::CocoLoader(const std::filesystem::path& path, SliceOptions options)
    : file_(std::make_shared<JsonFile>(path)),
      options_(options),
      annotations_(file_->name(), options.threads) {}

CocoFile CocoLoader::load() {
  read_file();
  data_.path_ = file_->path();
  data_.file_ = file_;
  parallel_for(2, options_.threads, [&](std::int64_t part) {
    if (part == 1) return annotations_.mark_twice();
    place_images();
    place_categories();
  });
  annotations_.look_up(data_.images_, data_.image_index_, data_.category_index_, problems_);
  data_.annotations_ = annotations_.place(data_.images_.size(), data_.first_of_image_);
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
  return read.operator()<AnnotationSink>(
      [&](AnnotationSink& sink, std::int64_t first) { annotations_.take(sink, first); });
}

void CocoLoader::take_faults(const std::string& array, FaultKeeper& sink, std::int64_t first) {
  for (RecordFault& fault : sink.faults) {
    problems_.add(record_where(file_->name(), array, first + fault.index, fault.id),
                  std::move(fault.what), fault.breaks);
  }
  problems_.count_only(sink.more_faults, sink.more_breaking);
}

void CocoLoader::place_images() {
  const auto problem = [&](const CocoImage& image, std::int64_t index, std::string what,
                           bool breaks) {
    problems_.add(record_where(file_->name(), "images", index, id_text(image.id)), std::move(what),
                  breaks);
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
    problems_.add(record_where(file_->name(), "categories", index, id_text(category.id)),
                  std::move(what), breaks);
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
