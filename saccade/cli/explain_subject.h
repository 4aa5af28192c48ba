// Which query or token a user asked about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saccade/cli/model_session.h"
#include "saccade/core/boxes.h"
#include "saccade/explain/image_run.h"
#include "saccade/explain/trace.h"

namespace saccade {

// A decoder query with the class it stands for.
struct ExplainedQuery {
  Detection detection;  // best class of this query at the last layer; box in original pixels
  std::string note;     // how it was chosen, for the caption; may be empty
};

// By --query, --detection, --class or --at; else the most confident detection. Throws UsageError for
// a number out of range, more than one choice or a class the model lacks, Error where nothing is found.
ExplainedQuery choose_query(const ExplainOptions& options, const ModelSession& session,
                            const ModelOutput& output, const PreparedImage& image);

struct QueryMatch {
  ExplainedQuery query;
  double iou = 0;  // of its final box with the one that was looked for
};

// The query for the same object as `wanted`, from another model on the same image (image_run.h).
QueryMatch match_query(const Detection& wanted, const ModelSession& session,
                       const ModelOutput& output, const Image& image);

// The place of --at and --from-level. Throws UsageError when it is missing or outside the image.
ImagePlace choose_place(const ExplainOptions& options, const Image& image);

// The best class of a query after one layer, its score and its box in original pixels.
Detection query_after_layer(const ModelSession& session, const ModelOutput& output, int layer,
                            int query, const Image& image);

}  // namespace saccade
