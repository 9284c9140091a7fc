import Postgres
import Testing

/// Decides which ticket receives which item; needs no connection.
@Suite struct PoolStateTests {
  @Test func itemsAreOpenedUpToTheLimitBeforeTicketsWait() {
    var state = PoolState<String>(size: 2)
    #expect(state.acquire(1).name == "open")
    #expect(state.acquire(2).name == "open")
    #expect(state.acquire(3).name == "wait")
    #expect(state.acquire(4).name == "wait")
    #expect(state.giveBack("a").name == "serve 3 a")
    #expect(state.giveBack("b").name == "serve 4 b")
    #expect(state.giveBack("a").name == "keep")
    #expect(state.acquire(5).name == "use a")
  }

  @Test func aLostItemLetsTheFirstWaitingTicketOpenOne() {
    var state = PoolState<String>(size: 1)
    #expect(state.acquire(1).name == "open")
    #expect(state.acquire(2).name == "wait")
    #expect(state.lose() == 2)
    #expect(state.lose() == nil)
    #expect(state.acquire(3).name == "open")
  }

  @Test func abandonedTicketsAreNotServed() {
    var state = PoolState<String>(size: 1)
    _ = state.acquire(1)
    _ = state.acquire(2)
    _ = state.acquire(3)
    state.cancel(2)
    #expect(state.giveBack("a").name == "serve 3 a")
  }

  @Test func aClosedPoolRefusesTicketsAndDiscardsItems() {
    var state = PoolState<String>(size: 3)
    _ = state.acquire(1)
    _ = state.acquire(2)
    _ = state.acquire(3)
    _ = state.acquire(4)
    state.cancel(4)
    #expect(state.giveBack("a").name == "keep")
    let closed = state.close()
    #expect(closed.idle == ["a"])
    #expect(closed.waiting == [])
    #expect(state.acquire(5).name == "refuse")
    #expect(state.giveBack("b").name == "discard b")
    #expect(state.lose() == nil)
  }
}

extension PoolState<String>.Acquisition {
  var name: String {
    switch self {
    case .use(let item): "use \(item)"
    case .open: "open"
    case .wait: "wait"
    case .refuse: "refuse"
    }
  }
}

extension PoolState<String>.Return {
  var name: String {
    switch self {
    case .serve(let ticket, let item): "serve \(ticket) \(item)"
    case .keep: "keep"
    case .discard(let item): "discard \(item)"
    }
  }
}
