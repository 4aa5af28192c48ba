// Class index, category id and name of a detector's classes.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace saccade {

// Class index = category id, as in the official code (evaluation of sparse ids: spec cli "Data").
class ClassMap {
 public:
  ClassMap() = default;
  // id -> name; class index = id.
  explicit ClassMap(std::map<std::int64_t, std::string> names) : names_(std::move(names)) {}

  // COCO's 80 names under their ids 1 to 90.
  static ClassMap coco();

  // The name, or "class 17" where the map has none.
  std::string name(std::int64_t label) const;
  bool has(std::int64_t label) const { return names_.contains(label); }
  // The class of this name, -1 where there is none.
  std::int64_t find(const std::string& name) const;
  std::int64_t category_id(std::int64_t label) const { return label; }
  const std::map<std::int64_t, std::string>& names() const { return names_; }
  bool empty() const { return names_.empty(); }
  // {"1": "vehicle", ...}, as files of weights keep them.
  std::string json() const;

 private:
  std::map<std::int64_t, std::string> names_;
};

}  // namespace saccade
