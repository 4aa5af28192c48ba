// Parity cases found by listing a folder of goldens; each becomes one GoogleTest test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

namespace saccade {

// Registers a test `suite.name` that runs `body` (EXPECT_..., ASSERT_..., GTEST_SKIP work inside).
void add_golden_case(const std::string& suite, const std::string& name, std::function<void()> body);

// One function per part of the layout, each in a file of its own; `goldens` is the folder given.
void add_op_cases(const std::filesystem::path& goldens);             // op/
void add_module_cases(const std::filesystem::path& goldens);         // modules/
void add_state_dict_cases(const std::filesystem::path& goldens);     // state_dicts/
void add_model_cases(const std::filesystem::path& goldens);          // models/
void add_session_cases(const std::filesystem::path& goldens);        // state_dicts/, interventions
void add_criterion_cases(const std::filesystem::path& goldens);      // criterion/
void add_training_cases(const std::filesystem::path& goldens);       // training/
void add_data_pipeline_cases(const std::filesystem::path& goldens);  // data_pipeline/
void add_sample_cases(const std::filesystem::path& goldens);         // data_pipeline/, targets
void add_checkpoint_cases(const std::filesystem::path& goldens);     // checkpoints/
void add_coco_eval_cases(const std::filesystem::path& goldens);      // coco_eval/, coco-eval/

}  // namespace saccade
