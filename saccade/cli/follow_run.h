// Runs the detector over the frames of a sequence and reads what one object's query did in each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/cli/attention_view.h"
#include "saccade/cli/follow_options.h"
#include "saccade/cli/frame_files.h"
#include "saccade/cli/model_session.h"
#include "saccade/core/boxes.h"

namespace saccade {

// What is known of the object in a frame that was looked at.
struct FrameReading {
  std::int64_t frame = 0;  // index in FrameFiles
  bool is_found = false;
  BoxXyxy box;  // after the layer drawn; where the object is lost: where it was looked for
  double brightening = 1;  // of the photo under marks
  // Where it is found:
  int query = 0;
  double score = 0;  // of its class after the layer drawn
  double radius =
      0;  // distance of the points from the reference point, weighted, pixels, mean of the heads
  double off_image = 0;                     // part of the weight on points outside the image
  std::vector<double> level_shares;         // of the weight, mean of the heads
  std::vector<SamplePoint> points;          // that were chosen to be drawn
  double reference_x = 0, reference_y = 0;  // pixels of the original image
};

struct FollowedObject {
  Detection chosen;  // in the frame of the start
  std::string class_name;
  int layer = 0;                   // drawn
  AttentionSelection selection;    // drawn
  std::vector<std::string> notes;  // what holds for all pictures, for stderr
  std::vector<FrameReading>
      readings;  // by time; frames beyond those where it was given up are missing
};

// Frames are decoded beside the pass of the one before. Throws Error and UsageError, also where the object is not found in the
// frame of the start.
FollowedObject follow_object(const FollowOptions& options, const ModelSession& session,
                             const FrameFiles& frames, std::int64_t start);

// The same object in the model without interventions, which finds it in the frame of the start by the rule for the next frame; no
// readings where it does not.
FollowedObject follow_as_it_is(const FollowOptions& options, const ModelSession& session,
                               const FrameFiles& frames, std::int64_t start,
                               const Detection& chosen);

}  // namespace saccade
