%% The other side of `cargo xtask bench crew`: the same work for processes of Erlang.
%%
%% Each line of the input names a measurement; the answer is one line with a number: seconds that
%% the work took, or bytes for `idle`.
-module(crew).
-export([main/0, init/1, handle_call/3, handle_cast/2]).
-behaviour(gen_server).

-define(SPAWNED, 100000).
-define(SUBTREE, 1000).

main() ->
    case io:get_line("") of
        eof -> halt();
        Line ->
            io:format("~p~n", [measure(string:trim(Line))]),
            main()
    end.

measure("spawn") ->
    Done = atomics:new(1, []),
    Self = self(),
    {Took, Pids} = timed(fun() ->
        Pids = spawn_all(?SPAWNED, Done, Self, []),
        receive all_done -> Pids end
    end),
    end_all(Pids),
    Took;
%% Asking as `gen_server:call` does: with a monitor and a time-out.
measure("call 1") -> ask(1, 200000, fun gen_server_call/2);
measure("call 16") -> ask(16, 20000, fun gen_server_call/2);
%% Asking by hand: one message there, one back, and waiting forever if nobody answers.
measure("bare 1") -> ask(1, 200000, fun bare_call/2);
measure("bare 16") -> ask(16, 20000, fun bare_call/2);
measure("tell 1") -> tell(1, 1000000);
measure("tell 16") -> tell(16, 62500);
measure("cancel") -> cancel();
%% Processes that handled one message and wait for the next.
measure("idle") -> idle(fun() -> waiting(0) end);
%% The same, after each gave its memory back by hand.
measure("idle hibernated") -> idle(fun() -> erlang:hibernate(?MODULE, init, [[]]) end).

timed(Work) ->
    Began = erlang:monotonic_time(nanosecond),
    Result = Work(),
    {(erlang:monotonic_time(nanosecond) - Began) / 1.0e9, Result}.

spawn_all(0, _Done, _Self, Pids) -> Pids;
spawn_all(Left, Done, Self, Pids) ->
    Pid = spawn(fun() -> first_message(Done, Self) end),
    Pid ! count,
    spawn_all(Left - 1, Done, Self, [Pid | Pids]).

first_message(Done, Self) ->
    receive
        count ->
            case atomics:add_get(Done, 1, 1) of
                ?SPAWNED -> Self ! all_done;
                _ -> ok
            end,
            waiting(0)
    end.

waiting(Sum) ->
    receive
        stop -> ok;
        {add, More} -> waiting(Sum + More)
    end.

end_all(Pids) ->
    Monitors = [monitor(process, Pid) || Pid <- Pids],
    [exit(Pid, kill) || Pid <- Pids],
    [receive {'DOWN', Monitor, _, _, _} -> ok end || Monitor <- Monitors],
    erlang:garbage_collect().

gen_server_call(Server, N) -> N = gen_server:call(Server, {echo, N}, 60000).

bare_call(Server, N) ->
    Ref = make_ref(),
    Server ! {bare, self(), Ref, N},
    receive {Ref, N} -> N end.

ask(Clients, Each, Call) ->
    Server = case Call =:= fun gen_server_call/2 of
        true -> {ok, Pid} = gen_server:start(?MODULE, [], []), Pid;
        false -> spawn(fun bare_server/0)
    end,
    Self = self(),
    {Took, _} = timed(fun() ->
        Pids = [spawn(fun() -> ask_times(Server, Each, Call), Self ! {done, self()} end)
                || _ <- lists:seq(1, Clients)],
        [receive {done, Pid} -> ok end || Pid <- Pids]
    end),
    end_all([Server]),
    Took.

ask_times(_Server, 0, _Call) -> ok;
ask_times(Server, Left, Call) ->
    Call(Server, Left),
    ask_times(Server, Left - 1, Call).

bare_server() ->
    receive {bare, From, Ref, N} -> From ! {Ref, N}, bare_server() end.

init(_) -> {ok, 0}.
handle_call({echo, N}, _From, State) -> {reply, N, State}.
handle_cast(_, State) -> {noreply, State}.

tell(Senders, Each) ->
    Self = self(),
    All = Senders * Each,
    Server = spawn(fun() -> counting(0, All, Self) end),
    {Took, _} = timed(fun() ->
        [spawn(fun() -> tell_times(Server, Each) end) || _ <- lists:seq(1, Senders)],
        receive {told, All} -> ok end
    end),
    Took.

tell_times(_Server, 0) -> ok;
tell_times(Server, Left) -> Server ! {add, 1}, tell_times(Server, Left - 1).

counting(All, All, Self) -> Self ! {told, All};
counting(Sum, All, Self) -> receive {add, More} -> counting(Sum + More, All, Self) end.

%% One parent, ten below it, the rest below those; linked, so that they end together.
cancel() ->
    Self = self(),
    Top = spawn(fun() ->
        [spawn_link(fun() -> branch(Self, Share) end) || Share <- shares()],
        Self ! {born, self()},
        receive never -> ok end
    end),
    Pids = [receive {born, Pid} -> Pid end || _ <- lists:seq(1, ?SUBTREE)],
    Monitors = [monitor(process, Pid) || Pid <- Pids],
    {Took, _} = timed(fun() ->
        exit(Top, shutdown),
        [receive {'DOWN', Monitor, _, _, _} -> ok end || Monitor <- Monitors]
    end),
    Took.

shares() -> [99 || _ <- lists:seq(1, 9)] ++ [98].

branch(Self, Leaves) ->
    [spawn_link(fun() -> Self ! {born, self()}, receive never -> ok end end)
     || _ <- lists:seq(1, Leaves)],
    Self ! {born, self()},
    receive never -> ok end.

idle(Rest) ->
    Before = pss(),
    Self = self(),
    Pids = [spawn(fun() -> receive {add, _} -> Self ! ready end, Rest() end)
            || _ <- lists:seq(1, ?SPAWNED)],
    [Pid ! {add, 1} || Pid <- Pids],
    [receive ready -> ok end || _ <- Pids],
    erlang:garbage_collect(),
    timer:sleep(2000),
    Bytes = pss() - Before,
    Bytes.

pss() ->
    {ok, File} = file:open("/proc/self/smaps_rollup", [read, raw]),
    {ok, Text} = file:read(File, 65536),
    ok = file:close(File),
    {match, [KiB]} = re:run(Text, "\nPss: +([0-9]+) kB", [{capture, [1], list}]),
    list_to_integer(KiB) * 1024.
