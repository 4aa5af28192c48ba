// Studies as pages for people: what was run on what, the pictures, the numbers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/study/document.h"
#include "saccade/study/error_report.h"
#include "saccade/study/faith_report.h"
#include "saccade/study/sweep_report.h"

namespace saccade {

// The pictures are those that `saccade sweep` and `saccade faith` have written into `folder`.
Document sweep_page(const SweepReport& report, const std::filesystem::path& folder);
Document faith_page(const FaithReport& report, const std::filesystem::path& folder);

// An evaluation: its text, as eval_text has it, and the pictures that were drawn.
Document eval_page(const StudySource& source, const std::string& text,
                   const std::vector<std::filesystem::path>& pictures);

// Adds the mined errors; `pictures` are those of single errors, in `folder`.
void add_errors(Document& page, const ErrorReport& report, const std::filesystem::path& folder,
                const std::vector<std::string>& pictures);

}  // namespace saccade
