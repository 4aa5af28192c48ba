// One object through the frames of a sequence: the rule by which it is found again (that of web/find_again.js).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "saccade/core/boxes.h"

namespace saccade {

// Detections that overlap a better one of their class by this much are its duplicates: without that, a faint second detection
// of the same object would now and then look like a dip of its score.
inline constexpr double kDuplicateIou = 0.5;
// The same query is the same object where its class agrees and it is at least about in the place.
inline constexpr double kSameQueryIou = 0.1;

struct FollowRule {
  double least_iou = 0.3;     // with the place where the object should be, above 0 to 1
  double least_score = 0.05;  // so low that a dip of the score is seen, not lost
  int most_gaps = 3;  // frames in a row without it after which it is no longer looked for, from 1
};

// What is looked for in a frame.
struct SoughtObject {
  int query = 0;  // that it was in the last frame where it was seen
  int label = 0;
  BoxXyxy box;  // where it should be, pixels of the original image
};

// The detection of the object's class that overlaps most with its place; else the same query, if its class agrees; else nothing.
//   detections  of one frame, by falling score
//   same_query  what the object's query became in this frame, with its best class
std::optional<Detection> find_again(const std::vector<Detection>& detections,
                                    const Detection& same_query, const SoughtObject& sought,
                                    const FollowRule& rule);

class ObjectTrack {
 public:
  // Frames are counted from 0; `start` was seen in frame `at`.
  ObjectTrack(const Detection& start, std::int64_t at, const FollowRule& rule);

  // Where to look in the next frame in this direction (1: forward, -1: back): the last box, moved on at the pace of its centre
  // between the last two. Nothing where the object was missing for too long.
  struct Step {
    std::int64_t at = 0;
    SoughtObject sought;
  };
  std::optional<Step> next(int direction) const;

  // What was found in the frame that `next` named; nothing: lost there.
  void put(std::int64_t at, const std::optional<Detection>& found) { found_[at] = found; }

 private:
  std::int64_t start_;
  FollowRule rule_;
  std::map<std::int64_t, std::optional<Detection>> found_;  // of each frame that was looked at
};

}  // namespace saccade
