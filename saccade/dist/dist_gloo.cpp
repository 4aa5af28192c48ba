// Gloo behind c10d's process group. The only file that sees ProcessGroupGloo.hpp: the gloo headers it
// includes are not in the wheel, gloo_headers/ declares what it names of them.
#define USE_C10D_GLOO

#include "saccade/dist/dist_gloo.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "saccade/core/error.h"

namespace saccade {
namespace {

using Devices = std::vector<std::shared_ptr<gloo::transport::Device>>;

// The address of this machine from which `host` is reached; empty when there is none. Connecting a
// datagram socket sends nothing, it asks the routing table. The host name of a machine would be a
// worse answer: Debian maps it to 127.0.1.1, where no other machine can call.
std::string own_address_towards(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return "";
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  const int fd = ::socket(found->ai_family, SOCK_DGRAM, 0);
  if (fd < 0) return "";
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  std::array<char, NI_MAXHOST> text{};
  const bool known =
      ::connect(fd, found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(fd, generic, &length) == 0 &&
      ::getnameinfo(generic, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0;
  ::close(fd);
  return known ? text.data() : "";
}

Devices listening_devices(const RankEnvironment& environment) {
  Devices devices;
  if (const char* names = std::getenv("GLOO_SOCKET_IFNAME"); names != nullptr && *names != '\0') {
    std::istringstream list(names);
    for (std::string name; std::getline(list, name, ',');) {
      if (::if_nametoindex(name.c_str()) == 0)
        throw UsageError(text_of("GLOO_SOCKET_IFNAME=", names, ": this machine has no interface '",
                                 name, "'; `ip address` lists them"));
      devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(name));
    }
    return devices;
  }
  const std::string own = own_address_towards(environment.master_addr, environment.master_port);
  devices.push_back(own.empty() ? c10d::ProcessGroupGloo::createDefaultDevice()
                                : c10d::ProcessGroupGloo::createDeviceForHostname(own));
  return devices;
}

}  // namespace

std::unique_ptr<ConnectedGroup> connect_gloo(RankStore& ranks) {
  const RankEnvironment& environment = ranks.environment();
  auto connection = ranks.connect_again();
  connection->setTimeout(ranks.timeout());
  auto store = c10::make_intrusive<c10d::PrefixStore>("gloo", connection);
  auto options = c10d::ProcessGroupGloo::Options::create(ranks.timeout());
  options->devices = listening_devices(environment);
  options->threads = static_cast<int>(2 * options->devices.size());
  auto backend = c10::make_intrusive<c10d::ProcessGroupGloo>(store, environment.rank,
                                                             environment.world_size, options);
  auto group =
      c10::make_intrusive<c10d::ProcessGroup>(store, environment.rank, environment.world_size);
  group->setBackend(at::kCPU, c10d::ProcessGroup::BackendType::GLOO, backend);
  group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
  group->setGroupName("saccade");
  return std::make_unique<ConnectedGroup>(ConnectedGroup{group, {}});
}

}  // namespace saccade
