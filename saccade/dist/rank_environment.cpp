// Which of several processes this one is.
#include "saccade/dist/rank_environment.h"

#include <cstdlib>
#include <string_view>

#include "saccade/core/error.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

// A variable that must be a whole number of `low` to `high`.
int number_in(const EnvironmentLookup& lookup, const char* name, int low, int high) {
  const char* text = lookup(name);
  if (text == nullptr)
    throw UsageError(text_of(name, " is not set, but this is one of several processes"));
  const auto number = parse_number<int>(text);
  if (!number || *number < low || *number > high)
    throw UsageError(text_of(name, "=", text, ": expected a whole number of ", low, " to ", high));
  return *number;
}

int number_or(const EnvironmentLookup& lookup, const char* name, int otherwise, int high) {
  return lookup(name) == nullptr ? otherwise : number_in(lookup, name, 0, high);
}

constexpr int kMaxRanks = 1 << 20;
constexpr int kMaxPort = 65535;
constexpr int kDefaultPort = 29500;

void read_ranks(RankEnvironment& ranks, const EnvironmentLookup& lookup, const char* rank,
                const char* size, const char* local_rank) {
  ranks.world_size = number_in(lookup, size, 1, kMaxRanks);
  ranks.rank = number_in(lookup, rank, 0, ranks.world_size - 1);
  ranks.local_rank = number_or(lookup, local_rank, 0, kMaxRanks);
  ranks.master_port = number_or(lookup, "MASTER_PORT", kDefaultPort, kMaxPort);
}

}  // namespace

std::string first_slurm_host(const std::string& node_list) {
  const std::string head = node_list.substr(0, node_list.find(','));
  const std::size_t bracket = head.find('[');
  std::string host = head.substr(0, bracket);
  if (bracket != std::string::npos)
    host += head.substr(bracket + 1, head.find_first_of("-]", bracket) - bracket - 1);
  if (host.empty())
    throw UsageError(text_of("SLURM_NODELIST=", node_list, ": names no host; set MASTER_ADDR"));
  return host;
}

std::optional<RankEnvironment> read_rank_environment(const EnvironmentLookup& lookup) {
  RankEnvironment ranks;
  const char* address = lookup("MASTER_ADDR");
  if (lookup("RANK") != nullptr && lookup("WORLD_SIZE") != nullptr) {
    read_ranks(ranks, lookup, "RANK", "WORLD_SIZE", "LOCAL_RANK");
    const char* agent = lookup("TORCHELASTIC_USE_AGENT_STORE");
    ranks.agent_serves_store = agent != nullptr && std::string_view(agent) == "True";
    if (const char* count = lookup("TORCHELASTIC_RESTART_COUNT")) ranks.restart_count = count;
    if (ranks.world_size > 1 && address == nullptr)
      throw UsageError(
          "RANK and WORLD_SIZE are set but MASTER_ADDR is not: expected the address of rank 0");
    if (address != nullptr) ranks.master_addr = address;
  } else if (lookup("SLURM_PROCID") != nullptr && lookup("SLURM_NTASKS") != nullptr) {
    read_ranks(ranks, lookup, "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID");
    if (ranks.world_size > 1) {
      const char* nodes = lookup("SLURM_NODELIST");
      ranks.master_addr =
          address != nullptr ? address : first_slurm_host(nodes != nullptr ? nodes : "");
    }
  }
  if (ranks.world_size == 1) return std::nullopt;
  return ranks;
}

std::optional<RankEnvironment> read_rank_environment() {
  return read_rank_environment([](const char* name) { return std::getenv(name); });
}

}  // namespace saccade
