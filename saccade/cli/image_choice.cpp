// Which images of a data set a command is about.
#include "saccade/cli/image_choice.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "saccade/core/error.h"
#include "saccade/core/nearest_word.h"
#include "saccade/data/subset.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

constexpr std::size_t kNamesListed = 12;

std::string file_of(const CocoDataSet& data) { return data.path().filename().string(); }

RecordId id_of(const std::string& word) {
  RecordId id;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, id.number);
  if (error == std::errc() && stop == end) return id;
  return {0, word};
}

std::vector<int> images_by_id(const CocoDataSet& data, const std::vector<std::string>& ids) {
  std::vector<int> images;
  for (const std::string& word : ids) {
    const int image = word.empty() ? -1 : data.find_image(id_of(word));
    if (image < 0) {
      throw UsageError(text_of("--id ", word, ": ", file_of(data), " has no such image; its ",
                               data.images().size(), " ids run from ",
                               id_text(data.images().front().id), " to ",
                               id_text(data.images().back().id)));
    }
    if (std::find(images.begin(), images.end(), image) == images.end()) images.push_back(image);
  }
  return images;
}

int category_named(const CocoDataSet& data, const std::string& name) {
  std::vector<std::string> names;
  for (const CocoCategory& category : data.categories()) names.push_back(category.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<int>(found - names.begin());
  const std::string nearest = nearest_word(name, names);
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesListed); ++i)
    list += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamesListed)
    list += text_of(" and ", names.size() - kNamesListed, " more (saccade data stats lists them)");
  throw UsageError(
      text_of("--class ", name, ": ", file_of(data), " has no such class",
              nearest.empty() ? "; it has " : text_of("; did you mean ", nearest, "? It has "),
              list.empty() ? "none" : list));
}

std::vector<int> images_with(const CocoDataSet& data, int category) {
  std::vector<int> images;
  for (const CocoAnnotation& annotation : data.annotations())
    if (annotation.category == category && (images.empty() || images.back() != annotation.image))
      images.push_back(annotation.image);
  return images;
}

struct Range {
  std::size_t first = 0, last = 0;
};

Range range_of(const std::string& text, std::size_t count, const std::string& of_what) {
  Range range;
  const char* const end = text.data() + text.size();
  const auto [dash, error] = std::from_chars(text.data(), end, range.first);
  const bool has_dash = error == std::errc() && dash != end && (*dash == '-' || *dash == ':');
  const auto [stop, second_error] =
      has_dash ? std::from_chars(dash + 1, end, range.last)
               : std::from_chars_result{text.data(), std::errc::invalid_argument};
  if (second_error != std::errc() || stop != end || range.last < range.first)
    throw UsageError(text_of("--range ", text, ": expected A-B with A <= B, such as 0-11"));
  if (range.last >= count)
    throw UsageError(text_of("--range ", text, ": ", of_what, " are 0 to ", count - 1));
  return range;
}

// `count` of the images, the first and then at equal steps, each from the middle of its share.
std::vector<int> evenly_spread(const std::vector<int>& images, std::size_t count) {
  if (count >= images.size()) return images;
  std::vector<int> chosen;
  for (std::size_t i = 0; i < count; ++i)
    chosen.push_back(images[(2 * i + 1) * images.size() / (2 * count)]);
  return chosen;
}

ImageChoice choose_by_id(const CocoDataSet& data, const ImageChoiceOptions& o,
                         const std::string& name) {
  if (!o.range.empty() || !o.class_name.empty() || o.random > 0)
    throw UsageError("--id names images by itself; leave out --range, --class and --random");
  ImageChoice choice{images_by_id(data, o.ids), ""};
  const std::string whole = text_of(name, " (", count_text(data.images().size(), "image"), ")");
  choice.words =
      choice.images.size() == 1
          ? text_of("Image ", id_text(data.images()[static_cast<std::size_t>(choice.images[0])].id),
                    " of ", whole)
          : text_of(count_text(choice.images.size(), "image"), " of ", whole, ", chosen by id");
  return choice;
}

}  // namespace

void add_image_choice_options(CLI::App& command, ImageChoiceOptions& o) {
  command.add_option("--id", o.ids, "id of an image; may be repeated")
      ->type_name("ID")
      ->take_all()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--range", o.range,
                  "images A to B, both included, counted from 0 in the order of their ids")
      ->type_name("A-B");
  command.add_option("--class", o.class_name, "only images with an object of this class")
      ->type_name("NAME");
  command.add_option("--random", o.random, "this many images, drawn at random")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command.add_option("--seed", o.seed, "seed of what is drawn at random (default: 0)")
      ->type_name("S");
}

ImageChoice choose_images(const CocoDataSet& data, const ImageChoiceOptions& o, int count,
                          const std::string& name) {
  if (data.images().empty()) throw UsageError(text_of(file_of(data), ": has no images to show"));
  if (!o.ids.empty()) return choose_by_id(data, o, name);
  std::vector<int> pool(data.images().size());
  std::iota(pool.begin(), pool.end(), 0);
  std::string whose = text_of("the ", count_text(pool.size(), "image"), " of ", name);
  if (!o.class_name.empty()) {
    pool = images_with(data, category_named(data, o.class_name));
    if (pool.empty())
      throw UsageError(text_of("--class ", o.class_name, ": no image of ", file_of(data),
                               " has an object of this class"));
    whose = text_of("the ", count_text(pool.size(), "image"), " of ", name, " with ", o.class_name);
  }
  if (!o.range.empty()) {
    const std::string of_what = o.class_name.empty() ? "images" : "images with " + o.class_name;
    const Range range = range_of(o.range, pool.size(), of_what);
    pool = {pool.begin() + static_cast<std::ptrdiff_t>(range.first),
            pool.begin() + static_cast<std::ptrdiff_t>(range.last) + 1};
    whose = text_of("images ", range.first, " to ", range.last, " of ", whose,
                    " in the order of their ids");
  }
  if (o.random > 0) {
    ImageChoice choice;
    for (const int i : choose_subset(static_cast<int>(pool.size()), o.random, o.seed))
      choice.images.push_back(pool[static_cast<std::size_t>(i)]);
    choice.words =
        text_of(choice.images.size(), " of ", whose, ", drawn at random with seed ", o.seed);
    return choice;
  }
  if (!o.range.empty()) return {pool, std::string("I") + whose.substr(1)};
  ImageChoice choice{evenly_spread(pool, static_cast<std::size_t>(count)), ""};
  choice.words = choice.images.size() == pool.size()
                     ? text_of("All of ", whose)
                     : text_of(choice.images.size(), " of ", whose,
                               ", evenly spread in the order of their ids");
  return choice;
}

}  // namespace saccade
