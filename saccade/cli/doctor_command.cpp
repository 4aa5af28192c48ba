// Looks at the machine and at the program's own parts.
#include "saccade/cli/doctor_command.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "saccade/cli/doctor_gpu.h"
#include "saccade/cli/program_files.h"
#include "saccade/core/json_writer.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string instruction_sets() {
  std::string text;
  const auto add = [&](bool has, const char* name) {
    text += has ? (text.empty() ? "" : ", ") + std::string(name) : "";
  };
#if defined(__x86_64__)
  __builtin_cpu_init();
  add(__builtin_cpu_supports("avx2"), "AVX2");
  add(__builtin_cpu_supports("fma"), "FMA");
  add(__builtin_cpu_supports("avx512f"), "AVX-512");
#endif
  return text.empty() ? "portable code only" : text;
}

Finding find_file(const std::string& what, const fs::path& path, const std::string& advice) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return {what, path.string()};
  return {what, path.string() + " is missing", false, advice};
}

std::vector<Finding> look_around() {
  const fs::path share = installation_root() / "share" / "saccade";
  std::vector<Finding> findings;
  findings.push_back({"version", SACCADE_VERSION});
  findings.push_back({"cores", std::to_string(std::thread::hardware_concurrency())});
  findings.push_back({"instruction sets", instruction_sets()});
  findings.push_back(find_file("program with LibTorch", torch_program(), "run make build"));
  findings.push_back(find_file("demo model", share / "street_r18.safetensors", "run make build"));
  findings.push_back(find_file("font", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
                               "apt-get install fonts-dejavu-core, or set SACCADE_FONT_DIR"));
  for (Finding& finding : look_at_gpus()) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
  bool fine = true;
  JsonWriter json(2);
  json.begin_object();
  for (const Finding& finding : look_around()) {
    fine = fine && finding.fine;
    json.key(finding.what).begin_object().member("found", finding.found).member("ok", finding.fine);
    if (!finding.advice.empty()) json.member("advice", finding.advice);
    json.end_object();
    if (options.json) continue;
    std::printf("%-4s %-22s %s%s%s\n", finding.fine ? "ok" : "BAD", finding.what.c_str(),
                finding.found.c_str(), finding.advice.empty() ? "" : ": ", finding.advice.c_str());
  }
  if (options.json) std::printf("%s\n", json.end_object().text().c_str());
  return fine ? 0 : 1;
}

}  // namespace saccade
