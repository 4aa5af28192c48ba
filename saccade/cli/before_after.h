// The picture of `detect --before-after`.
#pragma once

#include <filesystem>
#include <vector>

#include "saccade/cli/model_session.h"
#include "saccade/core/boxes.h"

namespace saccade {

// Runs the session on the image of `path` without interventions and draws what `after`, detected with
// them, changes above the threshold. Throws Error.
void draw_before_after(const ModelSession& session, const PreparedImage& image,
                       const std::vector<Detection>& after, const std::filesystem::path& path,
                       double threshold, const std::filesystem::path& out);

}  // namespace saccade
