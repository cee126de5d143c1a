%% Erlang beside the JavaScript subjects: what a gen_server does for a message, written as a plain receive
%% loop, which is the faster of the two; one scheduler. A call monitors and waits as gen_server:call does.
%% Speaks the protocol of bench/child.ts: "ready", then for each line with a number of operations a line
%% with what they came to, in nanoseconds or bytes.
-module(bench).
-export([start/0]).

-define(RING, 100).
-define(LISTENERS, 1000).
-define(DEPTH, 1000).

start() ->
    io:setopts([{encoding, unicode}]),
    [Scenario] = init:get_plain_arguments(),
    case scenario(Scenario) of
        none -> io:format("no scenario~n");
        Meter -> io:format("ready~n"), serve(Meter)
    end,
    halt().

serve(Meter) ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            Count = list_to_integer(string:trim(Line)),
            io:format("~b~n", [Meter(Count)]),
            serve(Meter)
    end.

timed(Work) ->
    fun(Count) ->
        From = erlang:monotonic_time(nanosecond),
        Work(Count),
        erlang:monotonic_time(nanosecond) - From
    end.

counter(Count) ->
    receive
        {add, By} -> counter(Count + By);
        {call, From, Ref, By} -> From ! {Ref, By}, counter(Count + By);
        {done, From} -> From ! done, counter(Count);
        stop -> ok
    end.

call(Pid, Timeout) ->
    Ref = monitor(process, Pid, [{alias, demonitor}]),
    Pid ! {call, Ref, Ref, 1},
    receive
        {Ref, By} -> demonitor(Ref, [flush]), By;
        {'DOWN', Ref, _, _, Reason} -> exit(Reason)
    after Timeout -> exit(timeout)
    end.

repeat(0, _) -> ok;
repeat(N, Work) -> Work(), repeat(N - 1, Work).

collect(0) -> ok;
collect(N) -> receive done -> collect(N - 1) end.

scenario("cast") ->
    Pid = spawn_link(fun() -> counter(0) end),
    Burst = fun() -> repeat(1000, fun() -> Pid ! {add, 1} end), Pid ! {done, self()}, collect(1) end,
    timed(fun(Count) -> repeat(Count div 1000, Burst) end);
scenario("call") ->
    Pid = spawn_link(fun() -> counter(0) end),
    timed(fun(Count) -> repeat(Count, fun() -> call(Pid, infinity) end) end);
scenario("call with timeout") ->
    Pid = spawn_link(fun() -> counter(0) end),
    timed(fun(Count) -> repeat(Count, fun() -> call(Pid, 5000) end) end);
scenario([$c, $a, $l, $l, $s | _]) ->
    Pid = spawn_link(fun() -> counter(0) end),
    Burst = fun() ->
        Refs = [begin R = make_ref(), Pid ! {call, self(), R, 1}, R end || _ <- lists:seq(1, 1000)],
        [receive {R, _} -> ok end || R <- Refs]
    end,
    timed(fun(Count) -> repeat(Count div 1000, Burst) end);
scenario("ping-pong") -> circle(2);
scenario("ring") -> circle(?RING);
scenario("fan-out") ->
    Own = self(),
    Left = atomics:new(1, []),
    All = [spawn_link(fun() -> listener(Left, Own) end) || _ <- lists:seq(1, ?LISTENERS)],
    Speech = fun() ->
        atomics:put(Left, 1, ?LISTENERS),
        [Pid ! hear || Pid <- All],
        collect(1)
    end,
    timed(fun(Count) -> repeat(Count div ?LISTENERS, Speech) end);
scenario("spawn + stop") ->
    One = fun() ->
        {Pid, Ref} = spawn_monitor(fun() -> counter(0) end),
        Pid ! stop,
        receive {'DOWN', Ref, _, _, _} -> ok end
    end,
    timed(fun(Count) -> repeat(Count, One) end);
scenario("spawn + stop, registered") ->
    One = fun() ->
        {Pid, Ref} = spawn_monitor(fun() -> counter(0) end),
        register(worker, Pid),
        Pid ! stop,
        receive {'DOWN', Ref, _, _, _} -> ok end
    end,
    timed(fun(Count) -> repeat(Count, One) end);
scenario("selective receive") ->
    [self() ! {other, N} || N <- lists:seq(1, ?DEPTH)],
    One = fun() -> self() ! wanted, receive wanted -> ok end end,
    timed(fun(Count) -> repeat(Count, One) end);
scenario("idle actor") ->
    fun(Count) ->
        erlang:garbage_collect(),
        Before = erlang:memory(processes),
        All = [spawn_link(fun() -> counter(0) end) || _ <- lists:seq(1, Count)],
        timer:sleep(100),
        Bytes = erlang:memory(processes) - Before,
        [Pid ! stop || Pid <- All],
        timer:sleep(300),
        Bytes
    end;
scenario(_) -> none.

listener(Left, Own) ->
    receive
        hear ->
            case atomics:sub_get(Left, 1, 1) of
                0 -> Own ! done;
                _ -> ok
            end,
            listener(Left, Own)
    end.

circle(Size) ->
    Own = self(),
    Players = [spawn_link(fun() -> receive {meet, Next} -> player(Own, Next) end end)
               || _ <- lists:seq(1, Size)],
    lists:foreach(fun({Pid, Next}) -> Pid ! {meet, Next} end,
                  lists:zip(Players, tl(Players) ++ [hd(Players)])),
    timed(fun(Count) -> hd(Players) ! Count, collect(1) end).

player(Own, Next) ->
    receive
        0 -> Own ! done;
        Left -> Next ! Left - 1
    end,
    player(Own, Next).
